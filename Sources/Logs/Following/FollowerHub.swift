import Index
package import LarderModel
package import NIOCore
import Synchronization

/// Brings news from the writer to followers: one hand-over for each event loop and commit, however many followers it
/// has. State of this process.
///
/// A follower first joins and then reads what is there already. A commit that its read did not see comes later than the
/// join, and so is delivered; one that it saw and is delivered as well, it knows by its sequence number. So there is
/// neither hole nor repeat.
package final class FollowerHub: Sendable {
    /// What a follower wants to hear of.
    package enum Subject: Hashable, Sendable {
        case log(EntryName)
        /// All logs of a store.
        case store(SiteID, StoreName)
        case entry(EntryName)
        /// A job, by its number.
        case job(Int64)
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

        mutating func count(_ subject: Subject, _ difference: Int) {
            total += difference
            let left = counts[subject, default: 0] + difference
            counts[subject] = left == 0 ? nil : left
            switch subject {
            case .log, .store: break
            case .entry, .job: others += difference
            }
        }

        /// What is followed of a commit.
        func news(of changes: CommittedChanges) -> [(Subject, HubNews)] {
            var news: [(Subject, HubNews)] = []
            for change in changes.logs {
                let subjects = [Subject.log(change.name), .store(change.name.site, change.name.store)]
                    .filter { counts[$0] != nil }
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
    func publish(_ changes: CommittedChanges) {
        let (news, loops): ([(Subject, HubNews)], [LoopMembers]) = state.withLock { state in
            guard state.total > 0 else { return ([], []) }
            let news = state.news(of: changes)
            return (news, news.isEmpty ? [] : Array(state.loops.values))
        }
        for loop in loops { loop.deliver(news) }
    }
}
