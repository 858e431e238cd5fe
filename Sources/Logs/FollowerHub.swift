import Index
import LarderModel
import NIOCore
import Synchronization

/// Hears of changes of logs it follows. Lives on one event loop and is called there only.
package protocol LogFollower: AnyObject {
    func deliver(_ update: LogUpdate)
    /// Called every few seconds: time for a heartbeat when nothing else was sent.
    func tick()
}

/// What followers of a log are told after a commit. Frames are made once, on first use, and shared by all.
package final class LogUpdate: Sendable {
    package let change: LogChange
    private let made = Mutex<[ByteBuffer]?>(nil)

    init(_ change: LogChange) { self.change = change }

    /// One frame for each event, in order.
    package var frames: [ByteBuffer] {
        made.withLock { made in
            if let made { return made }
            let frames = change.events.map { EventFrames.progress($0) }
            made = frames
            return frames
        }
    }
}

/// Brings events from the writer to followers: one hand-over for each event loop and commit, however many followers it
/// has.
///
/// A follower first joins and then reads what is there already. A commit that its read did not see comes later than the
/// join, and so is delivered; one that it saw and is delivered as well, it knows by its sequence number. So there is
/// neither hole nor repeat.
package final class FollowerHub: Sendable {
    /// Which logs a follower wants.
    package enum Subject: Hashable, Sendable {
        case log(EntryName)
        /// All logs of a store.
        case store(SiteID, StoreName)
    }

    /// Followers in all, and of one log or store; beyond them new ones are refused.
    private let followersMax: Int
    private let followersOfOneMax: Int

    private struct State {
        var counts: [Subject: Int] = [:]
        var total = 0
        var loops: [ObjectIdentifier: LoopFollowers] = [:]
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
    package func join(_ follower: any LogFollower, _ subject: Subject, on loop: any EventLoop) throws(LarderError)
        -> Membership
    {
        loop.preconditionInEventLoop()
        let joined: Result<LoopFollowers, LarderError> = state.withLock { state in
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
            state.total += 1
            state.counts[subject, default: 0] += 1
            let id = ObjectIdentifier(loop)
            if let group = state.loops[id] { return .success(group) }
            let group = LoopFollowers(loop)
            state.loops[id] = group
            return .success(group)
        }
        let group = try joined.get()
        return Membership(subject: subject, number: group.add(follower, subject), group: group)
    }

    package struct Membership {
        let subject: Subject
        let number: Int
        let group: LoopFollowers
    }

    /// Called on the follower's loop.
    package func leave(_ membership: Membership) {
        guard membership.group.remove(membership.number, membership.subject) else { return }
        state.withLock { state in
            state.total -= 1
            let left = state.counts[membership.subject, default: 1] - 1
            state.counts[membership.subject] = left == 0 ? nil : left
        }
    }

    /// Called on the writer's thread after a commit: it only looks who follows and hands over.
    func publish(_ changes: [LogChange]) {
        guard !changes.isEmpty else { return }
        let (followed, loops): ([LogUpdate], [LoopFollowers]) = state.withLock { state in
            guard state.total > 0 else { return ([], []) }
            let followed = changes.filter { change in
                state.counts[.log(change.name)] != nil
                    || state.counts[.store(change.name.site, change.name.store)] != nil
            }
            return (followed.map(LogUpdate.init), Array(state.loops.values))
        }
        guard !followed.isEmpty else { return }
        for loop in loops { loop.deliver(followed) }
    }
}

/// The followers on one event loop. Its tables are touched on that loop only.
package final class LoopFollowers: Sendable {
    private struct Tables {
        var members: [FollowerHub.Subject: [Int: any LogFollower]] = [:]
        var next = 0
        var isTicking = false
    }
    private let loop: any EventLoop
    private let tables: NIOLoopBoundBox<Tables>

    private static let tickInterval = TimeAmount.seconds(5)

    init(_ loop: any EventLoop) {
        self.loop = loop
        tables = NIOLoopBoundBox(Tables(), eventLoop: loop)
    }

    func add(_ follower: any LogFollower, _ subject: FollowerHub.Subject) -> Int {
        tables.value.next += 1
        let number = tables.value.next
        tables.value.members[subject, default: [:]][number] = follower
        if !tables.value.isTicking {
            tables.value.isTicking = true
            scheduleTick()
        }
        return number
    }

    func remove(_ number: Int, _ subject: FollowerHub.Subject) -> Bool {
        guard tables.value.members[subject]?.removeValue(forKey: number) != nil else { return false }
        if tables.value.members[subject]?.isEmpty == true { tables.value.members[subject] = nil }
        return true
    }

    func deliver(_ updates: [LogUpdate]) {
        loop.execute { [self] in
            for update in updates {
                let name = update.change.name
                for subject in [FollowerHub.Subject.log(name), .store(name.site, name.store)] {
                    guard let members = tables.value.members[subject] else { continue }
                    for member in members.values { member.deliver(update) }
                }
            }
        }
    }

    private func scheduleTick() {
        loop.scheduleTask(in: Self.tickInterval) { [self] in
            guard !tables.value.members.isEmpty else {
                tables.value.isTicking = false
                return
            }
            for members in tables.value.members.values { for member in members.values { member.tick() } }
            scheduleTick()
        }
    }
}
