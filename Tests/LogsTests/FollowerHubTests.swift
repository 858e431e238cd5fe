import BlobStore
import BlobStoreTestSupport
import Index
import LarderModel
import NIOCore
import NIOEmbedded
import NIOPosix
import Testing

@testable import Logs

@Suite("The hub of followers")
struct FollowerHubTests {
    @Test("brings each event to those who follow its log or its store, and to nobody else")
    func delivered() async throws {
        try await withLogs(cap: 2) { logs, _ async throws in
            let a = try run("a"), b = try run("b"), elsewhere = try run("a", store: "acme-progress")
            let followers = (0..<5).map { _ in Recorder(logs.hub) }
            for (follower, subject) in zip(
                followers,
                [.log(a), .log(a), .log(b), .store(.default, a.store), .store(.default, elsewhere.store)]
                    as [FollowerHub.Subject])
            {
                #expect(try await follower.join(subject))
            }
            try await logs.append("[{},{},{}]", to: a)
            try await logs.append("{}", to: b)
            try await logs.append("{}", to: elsewhere)
            try await logs.merge(#"[{},{},{"n":1}]"#, into: a)
            let seen = try await followers.asyncMap {
                try await $0.updates.map {
                    "\($0.change.name.store)/\(try #require(RunName($0.change.name.key)).run) \($0.change.events.map(\.sequence))"
                }
            }
            let ofA = ["progress/a [1, 2, 3]", "progress/a [4]"]
            #expect(seen[0] == ofA)
            #expect(seen[1] == ofA)
            #expect(seen[2] == ["progress/b [1]"])
            #expect(seen[3] == [ofA[0], "progress/b [1]", ofA[1]])
            #expect(seen[4] == ["acme-progress/a [1]"])
        }
    }

    @Test("makes the frames of an event once for all who share it")
    func shared() async throws {
        try await withLogs { logs, _ async throws in
            let followers = (0..<3).map { _ in Recorder(logs.hub) }
            for follower in followers { #expect(try await follower.join(.log(run()))) }
            try await logs.append("[{},{}]", to: run())
            let updates = try await followers.asyncMap { try #require(try await $0.updates.first) }
            #expect(updates.allSatisfy { $0 === updates[0] })
            #expect(
                updates[0].frames(isRun: true) == updates[0].change.events.map { EventFrames.event($0, isRun: true) })
        }
    }

    @Test("delivers an event before its writer is answered")
    func prompt() async throws {
        try await withLogs { logs, _ async throws in
            let follower = Recorder(logs.hub)
            #expect(try await follower.join(.log(run())))
            for n in 1...50 {
                try await logs.append("{}", to: run())
                #expect(try await follower.events.count == n)
            }
        }
    }

    @Test("tells of a deletion, and of nothing when nothing was added")
    func deletion() async throws {
        try await Home.with { home async throws in
            try await home.open { logs, store async throws in
                let follower = Recorder(logs.hub)
                #expect(try await follower.join(.log(run())))
                try await logs.append(#"{"progress":100}"#, to: run())
                try await logs.merge(#"[{"progress":100}]"#, into: run())
                #expect(try await store.delete(run()))
                let changes = try await follower.updates.map(\.change)
                #expect(changes.map(\.events.count) == [1, 0])
                #expect(changes.map(\.state) == [.completed, .running])
                #expect(changes.map(\.last) == [1, 1])
            }
        }
    }

    @Test("tells those who follow an entry or a job that it has changed, and nobody else")
    func others() async throws {
        try await Home.with { home async throws in
            try await home.open { logs, store async throws in
                let kept = try run("kept"), other = try run("other")
                let first = try await store.change {
                    try $0.insertJob(kind: "verify", requestedBy: "a", site: nil, request: [])
                }
                let followers = (0..<3).map { _ in Recorder(logs.hub) }
                for (follower, subject) in zip(
                    followers, [.entry(kept), .job(first.id), .job(first.id + 1)] as [FollowerHub.Subject])
                {
                    #expect(try await follower.join(subject))
                }
                try await logs.append("{}", to: other)
                try await store.change { try $0.saveJob(first.id, checkpoint: [], JobProgress()) }
                #expect(try await followers.asyncMap { try await $0.changes } == [0, 1, 0])
                try await logs.append("{}", to: kept)
                #expect(try await store.delete(kept))
                #expect(try await followers.asyncMap { try await $0.changes } == [2, 1, 0])
            }
        }
    }

    @Test("lets a task wait for a change, and no longer than it wants to")
    func waiting() async throws {
        try await withLogs { logs, _ async throws in
            let loop = NIOAsyncTestingEventLoop()
            var changes = logs.hub.changes(of: .entry(try run()), within: .seconds(2), on: loop).makeAsyncIterator()
            await loop.run()
            #expect(await changes.next() != nil, "the beginning")
            #expect(logs.hub.followerCount == 1)
            try await logs.append("{}", to: run())
            await loop.run()
            #expect(await changes.next() != nil)
            await loop.advanceTime(by: .seconds(2))
            #expect(await changes.next() == nil)
            await loop.run()
            #expect(logs.hub.followerCount == 0)
            await loop.shutdownGracefully()
        }
    }

    @Test("counts those who are there, and brings nothing to those who left")
    func left() async throws {
        try await withLogs { logs, _ async throws in
            let followers = (0..<20).map { _ in Recorder(logs.hub) }
            for (i, follower) in followers.enumerated() {
                #expect(try await follower.join(i % 2 == 0 ? .log(run()) : .store(.default, run().store)))
                #expect(logs.hub.followerCount == i + 1)
            }
            for (i, follower) in followers.enumerated() {
                try await follower.leave()
                try await follower.leave()
                #expect(logs.hub.followerCount == 19 - i)
            }
            try await logs.append("{}", to: run())
            for follower in followers { #expect(try await follower.updates.isEmpty) }
        }
    }

    @Test("takes so many of one log, so many in all, and again as many when some left")
    func limits() async throws {
        try await withLogs { logs, _ async throws in
            let loop = MultiThreadedEventLoopGroup.singleton.any()
            let most = 150, one = 120
            let hub = FollowerHub(followersMax: most, followersOfOneMax: one)
            let name = try run(), other = try run("other")
            let few = try await loop.submit {
                let follower = Mute()
                func join(_ count: Int, _ subject: FollowerHub.Subject) -> [FollowerHub.Membership] {
                    (0..<count).compactMap { _ in try? hub.join(follower, subject, on: loop) }
                }
                func refusal(_ subject: FollowerHub.Subject) -> Limit? {
                    do { _ = try hub.join(follower, subject, on: loop) } catch { return error.limit }
                    return nil
                }
                let first = join(one + 5, .log(name))
                let ofOne = refusal(.log(name))
                let rest = join(most, .log(other))
                let inAll = refusal(.log(try run("third")))
                var counts = [first.count, rest.count, hub.followerCount]
                for membership in first.prefix(3) { hub.leave(membership) }
                counts.append(join(10, .log(name)).count)
                for membership in rest + first { hub.leave(membership) }
                counts.append(hub.followerCount)
                return (counts, [ofOne, inAll])
            }.get()
            #expect(few.0 == [one, most - one, most, 3, 3])
            #expect(few.1 == [.runFollowers, .followers])
        }
    }

    private final class Mute: HubMember {
        func deliver(_ news: HubNews) {}
        func tick() {}
        func dismiss() {}
    }

    @Test("ticks every two and a half seconds while somebody follows")
    func ticks() async throws {
        let loop = NIOAsyncTestingEventLoop()
        let hub = FollowerHub()
        let a = Recorder(hub, on: loop), b = Recorder(hub, on: loop)
        #expect(try await a.join(.log(run())))
        await loop.advanceTime(by: .milliseconds(2_499))
        #expect(a.ticks == 0)
        await loop.advanceTime(by: .milliseconds(1))
        #expect(a.ticks == 1)
        #expect(try await b.join(.store(.default, run().store)))
        await loop.advanceTime(by: .milliseconds(2_500))
        #expect([a.ticks, b.ticks] == [2, 1])
        try await a.leave()
        try await b.leave()
        await loop.advanceTime(by: .seconds(60))
        #expect([a.ticks, b.ticks] == [2, 1])
        // And again for the next one.
        #expect(try await a.join(.log(run())))
        await loop.advanceTime(by: .seconds(5))
        #expect(a.ticks == 4)
        await loop.shutdownGracefully()
    }
}

extension Sequence {
    func asyncMap<T>(_ transform: (Element) async throws -> T) async rethrows -> [T] {
        var out: [T] = []
        for element in self { out.append(try await transform(element)) }
        return out
    }
}
