import Index
package import LarderModel
package import NIOCore
import Synchronization

/// Brings news from the writer to followers: one hand-over for each event loop and commit, however many followers it
/// has. State of this process.
///
/// A follower first joins and then reads what is there already. A commit that its read did not see comes later than
/// the join, and so is delivered; one that it saw and is delivered as well, it knows by its sequence number. So there
/// is neither hole nor repeat.
package final class FollowerHub: Sendable {
    /// What a follower wants to hear of.
    package enum Subject: Hashable, Sendable {
        case log(EntryName)
        /// All logs of a store.
        case store(SiteID, StoreName)
        case entry(EntryName)
        /// A job, by its number.
        case job(Int64)

        /// As other nodes name it.
        fileprivate var told: NodeNews.Subject {
            switch self {
            case .log(let name), .entry(let name): .entry(name)
            case .store(let site, let store): .logs(of: store, in: site)
            case .job(let id): .job(id)
            }
        }
    }

    /// Followers in all, and of one subject; beyond them new ones are refused.
    private let followersMax: Int
    private let followersOfOneMax: Int

    private struct State {
        var counts: [Subject: Int] = [:]
        var total = 0
        /// How many of them follow entries or jobs.
        var others = 0
        var loops: [ObjectIdentifier: LoopMembers] = [:]
        /// What is followed, by how other nodes name it.
        var told: [NodeNews.Subject: Set<Subject>] = [:]
        /// Hears what nobody follows any more.
        var left: Left?

        mutating func count(_ subject: Subject, _ difference: Int) {
            total += difference
            let before = counts[subject, default: 0], after = before + difference
            counts[subject] = after == 0 ? nil : after
            if before == 0 { told[subject.told, default: []].insert(subject) }
            if after == 0 {
                told[subject.told]?.remove(subject)
                if told[subject.told]?.isEmpty == true { told[subject.told] = nil }
                left?.notify(subject)
            }
            switch subject {
            case .log, .store: break
            case .entry, .job: others += difference
            }
        }

        /// What is followed of a commit.
        func news(of changes: CommittedChanges, _ isTold: (Subject, LogChange) -> Bool) -> [(Subject, HubNews)] {
            var news: [(Subject, HubNews)] = []
            for change in changes.logs {
                let subjects = [Subject.log(change.name), .store(change.name.site, change.name.store)]
                    .filter { counts[$0] != nil && isTold($0, change) }
                guard !subjects.isEmpty else { continue }
                let update = LogUpdate(change)
                for subject in subjects { news.append((subject, .log(update))) }
            }
            guard others > 0 else { return news }
            for name in changes.entries where counts[.entry(name)] != nil { news.append((.entry(name), .changed)) }
            for job in changes.jobs where counts[.job(job)] != nil { news.append((.job(job), .changed)) }
            return news
        }
    }
    private let state = Mutex(State())

    package init(followersMax: Int = 15_000, followersOfOneMax: Int = 12_000) {
        self.followersMax = followersMax
        self.followersOfOneMax = followersOfOneMax
    }

    package var followerCount: Int { state.withLock { $0.total } }

    /// Adds a follower that lives on `loop`; called on it.
    /// - Returns: what to leave with.
    /// - Throws: `LarderError` `.unavailable` when there are too many.
    package func join(_ follower: any HubMember, _ subject: Subject, on loop: any EventLoop) throws(LarderError)
        -> Membership
    {
        loop.preconditionInEventLoop()
        let joined: Result<LoopMembers, LarderError> = state.withLock { state in
            guard state.total < followersMax else {
                return .failure(
                    LarderError(
                        .unavailable,
                        "There are \(followersMax) followers already, as many as this server takes; try again later.",
                        limit: .followers
                    ))
            }
            guard state.counts[subject, default: 0] < followersOfOneMax else {
                return .failure(
                    LarderError(
                        .unavailable, "\(followersOfOneMax) follow this already, as many as may; try again later.",
                        limit: .runFollowers))
            }
            state.count(subject, 1)
            let id = ObjectIdentifier(loop)
            if let group = state.loops[id] { return .success(group) }
            let group = LoopMembers(loop)
            state.loops[id] = group
            return .success(group)
        }
        let group = try joined.get()
        return Membership(subject: subject, number: group.add(follower, subject), group: group)
    }

    package struct Membership: Sendable {
        let subject: Subject
        let number: Int
        let group: LoopMembers
    }

    /// Called on the follower's loop.
    package func leave(_ membership: Membership) {
        guard membership.group.remove(membership.number, membership.subject) else { return }
        state.withLock { $0.count(membership.subject, -1) }
    }

    /// Sends all followers off: the index is away.
    func dismissAll() {
        for loop in state.withLock({ Array($0.loops.values) }) { loop.dismissAll() }
    }

    /// Called on the writer's thread after a commit: it only looks who follows and hands over.
    /// - Parameter isTold: asked of each change of a log that is followed.
    func publish(_ changes: CommittedChanges, where isTold: (Subject, LogChange) -> Bool = { _, _ in true }) {
        let (news, loops): ([(Subject, HubNews)], [LoopMembers]) = state.withLock { state in
            guard state.total > 0 else { return ([], []) }
            let news = state.news(of: changes, isTold)
            return (news, news.isEmpty ? [] : Array(state.loops.values))
        }
        for loop in loops { loop.deliver(news) }
    }

    // MARK: What other nodes commit

    /// What is followed of what they told.
    func subjects(concerning news: NodeNews) -> [Subject] {
        state.withLock { state in
            guard let subjects = news.subjects else { return Array(state.counts.keys) }
            return subjects.flatMap { state.told[$0] ?? [] }
        }
    }

    /// Has `body` hear when nobody follows something any more, before anybody can follow it again. It must not block,
    /// nor use the hub.
    func whenLeft(_ body: @escaping @Sendable (Subject) -> Void) { state.withLock { $0.left = Left(notify: body) } }

    /// A type of its own, as of observers elsewhere.
    private struct Left {
        let notify: @Sendable (Subject) -> Void
    }

    /// Hands over what was found out.
    func publish(_ news: [(Subject, HubNews)]) {
        guard !news.isEmpty else { return }
        for loop in state.withLock({ Array($0.loops.values) }) { loop.deliver(news) }
    }
}
