import BlobStore
import BlobStoreTestSupport
import LarderModel
import LarderTestSupport
import Testing

@testable import Index
@testable import Logs

/// A hub beside the one that hears of commits stands for the followers of another node.
@Suite("Following what another node commits")
struct NodeFollowingTests {
    private func withNode<R>(
        cap: Int = 200, _ body: (_ writer: LogService, _ node: NodeFollowing) async throws -> R
    ) async throws -> R {
        try await withLogs(cap: cap) { logs, _ in try await body(logs, NodeFollowing(logs.blobs, FollowerHub())) }
    }

    private func news(_ subjects: NodeNews.Subject...) -> NodeNews { NodeNews(subjects: Set(subjects)) }

    /// Waits for so many events.
    private func sequences(_ follower: Recorder, count: Int) async throws -> [Int64] {
        var seen: [Int64] = []
        for _ in 0..<500 {
            seen = try await follower.events.map(\.sequence)
            if seen.count >= count { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        return seen
    }

    @Test("news bring each event of a log once, in order, to all who follow it")
    func log() async throws {
        try await withNode { logs, node in
            try await logs.append("[{},{}]", to: run())
            let followers = (0..<3).map { _ in Recorder(node.hub) }
            for follower in followers { #expect(try await follower.join(.log(run()))) }
            node.joined(try run(), at: 2)
            for _ in 0..<3 {
                try await logs.append("[{},{}]", to: run())
                node.heard(news(.entry(try run())))
                node.heard(news(.entry(try run("other"))))
            }
            for follower in followers { #expect(try await sequences(follower, count: 6) == Array(3...8)) }
        }
    }

    @Test("what no news told of is found within about a second")
    func lost() async throws {
        try await withNode { logs, node in
            let one = Recorder(node.hub), all = Recorder(node.hub)
            #expect(try await one.join(.log(run())))
            #expect(try await all.join(.store(.default, run().store)))
            node.joined(try run(), at: 0)
            node.joined(try run().store, of: .default, at: 0)
            for count in 1...2 {
                try await logs.append("{}", to: run())
                for follower in [one, all] {
                    #expect(try await sequences(follower, count: count) == Array(1...Int64(count)))
                }
            }
        }
    }

    @Test("a store's events come in the order of their positions, in pages of any size")
    func store() async throws {
        try await withNode(cap: 5_000) { logs, node in
            let follower = Recorder(node.hub)
            let store = try run().store
            #expect(try await follower.join(.store(.default, store)))
            node.joined(store, of: .default, at: 0)
            let events =
                "["
                + Array(repeating: #"{"x":"\#(String(repeating: "y", count: 200))"}"#, count: 1_500)
                .joined(separator: ",") + "]"
            for name in ["a", "b", "a"] { try await logs.append(events, to: run(name)) }
            node.heard(news(.logs(of: store, in: .default)))
            _ = try await sequences(follower, count: 4_500)
            let positions = try await follower.events.map(\.position)
            #expect(positions.count == 4_500 && positions == positions.sorted() && Set(positions).count == 4_500)
        }
    }

    @Test("a run that is over is told as such with its last event only")
    func over() async throws {
        try await withNode { logs, node in
            let one = Recorder(node.hub), all = Recorder(node.hub)
            #expect(try await one.join(.log(run())))
            #expect(try await all.join(.store(.default, run().store)))
            node.joined(try run(), at: 0)
            node.joined(try run().store, of: .default, at: 0)
            let events =
                "["
                + Array(repeating: #"{"x":"\#(String(repeating: "y", count: 30_000))"}"#, count: 20)
                .joined(separator: ",") + #",{"agent":"completed","status":"completed"}]"#
            try await logs.append(events, to: run())
            node.heard(news(.entry(try run()), .logs(of: try run().store, in: .default)))
            for follower in [one, all] {
                _ = try await sequences(follower, count: 21)
                // The look of each second may tell the end once more, without events.
                let states = try await follower.updates.filter { !$0.change.events.isEmpty }.map(\.change.state)
                #expect(states.count > 1 && states.last == .completed)
                #expect(states.dropLast().allSatisfy { $0 == .running })
            }
        }
    }

    @Test("entries and jobs are told as changed, by news and without")
    func others() async throws {
        try await withNode { logs, node in
            let name = try run("r", project: "p", store: "elsewhere")
            let follower = Recorder(node.hub)
            #expect(try await follower.join(.entry(name)))
            node.heard(news(.entry(name)))
            var seen = 0
            for _ in 0..<500 where seen == 0 {
                try await Task.sleep(for: .milliseconds(10))
                seen = try await follower.changes
            }
            #expect(seen > 0)
        }
    }

    // MARK: Places

    private func change(_ sequences: ClosedRange<Int64>) throws -> LogChange {
        let events = sequences.map {
            LogEvent(sequence: $0, position: $0, receivedAt: Timestamp(milliseconds: 0), json: "{}".bytes)
        }
        return LogChange(name: try run(), events: events, state: .running, last: sequences.upperBound)
    }

    @Test("what is committed here is told at once only where it comes next; the rest is read")
    func next() throws {
        var places = FollowedPlaces()
        let log = FollowerHub.Subject.log(try run()), store = FollowerHub.Subject.store(.default, try run().store)
        // Nobody has said yet where it begins.
        let answer1 = try places.isNext(change(5...6), log)
        #expect(answer1)
        let answer2 = places.joined(log, at: 6)
        #expect(answer2)
        let answer3 = places.joined(log, at: 3)
        #expect(!answer3)
        let answer4 = try places.isNext(change(7...8), log)
        #expect(answer4)
        places.told(try change(7...8))
        #expect(places.places[log] == 8)
        var wanted = places.takeWanted()
        #expect(wanted.isEmpty)
        let answer5 = try places.isNext(change(10...10), log)
        #expect(!answer5)
        wanted = places.takeWanted()
        #expect(wanted == [log])
        places.told(log, upTo: 10)
        let answer6 = try places.isNext(change(11...11), log)
        #expect(answer6)
        // Positions that others give may lie before.
        let answer7 = try places.isNext(change(11...11), store)
        #expect(!answer7)
        wanted = places.takeWanted()
        #expect(wanted == [store])
        places.forget(log)
        places.told(log, upTo: 12)
        #expect(places.places.isEmpty)
    }
}
