import Foundation
import NIOHTTP1
import Testing

/// Work is bounded by what is answered. Counted in bytes that the server reads of its index, not in time.
@Suite("Strangers: work for streams of many runs", .ownServers)
struct StreamWorkTests {
    @Test("A stream of one run in a full store reads that run, not the store")
    func chosen() async throws {
        try await LarderProcess.with(["--cleanup-every", "off", "--scrub-every", "off"]) { server in
            let filler = #"{"m":"\#(String(repeating: "x", count: 4_000))"}"#
            let array = "[" + Array(repeating: filler, count: 40).joined(separator: ",") + "]"
            // 20 runs of 160 KB: 3.2 MB.
            _ = try await concurrently(20, width: 2) { number in
                try requireStatus(
                    try await ProgressRun(on: server, project: "full", run: "r\(number)").append(array), 200)
            }
            var least = Int.max
            for round in 1...3 {
                let one = ProgressRun(on: server, project: "one", run: "r\(round)")
                // Also a write, so that readers look at the index itself again and not at what they keep of it.
                try await one.appendNumbers(1...1)
                let before = try server.bytesRead()
                try await server.follow("/v1/progress?runs=one/r\(round)") { stream in
                    let (first, second) = (try await stream.nextEvent(), try await stream.nextEvent())
                    #expect(first?.event == "connected")
                    #expect(try second?.json["seq"] == 1)
                    // Live: the replay is over.
                    try await one.appendNumbers(2...2)
                    #expect(try await stream.nextEvent()?.json["seq"] == 2)
                }
                least = min(least, try server.bytesRead() - before)
            }
            #expect(least < 1_000_000, "\(least) bytes were read for one event of 3.2 MB")
        }
    }

    @Test("Followers of many runs get their events beside one another, in the order of their commits")
    func order() async throws {
        try await LarderProcess.with { server in
            let runs = (0..<10).map { ProgressRun(on: server, project: "p", run: "r\($0)") }
            for number in 1...5 {
                for run in runs { try await run.appendNumbers(number...number) }
            }
            let wanted = "runs=p/r1,p/r7,p/none"
            let seen = try await concurrently(6, width: 6) { _ in
                try await server.follow("/v1/progress?\(wanted)") { stream in
                    #expect(try await stream.nextEvent()?.event == "connected")
                    var seen: [String] = []
                    for _ in 0..<10 {
                        let frame = try #require(try await stream.nextEvent())
                        seen.append("\(try frame.json["runId"].string ?? "") \(try frame.json["seq"].int ?? 0)")
                    }
                    return seen
                }
            }
            let expected = (1...5).flatMap { ["r1 \($0)", "r7 \($0)"] }
            #expect(seen == Array(repeating: expected, count: 6))
        }
    }
}

/// Memory is bounded over all connections together.
@Suite("Strangers: places of followers", .ownServers)
struct FollowerPlaceTests {
    private static let quiet = ["--cleanup-every", "off", "--scrub-every", "off", "--log-level", "error"]

    @Test("Streams of memories and jobs count among the followers", arguments: ["memory", "job"])
    func followers(_ what: String) async throws {
        try await LarderProcess.with(Self.quiet + ["--max-followers", "2"]) { server in
            let memory = MemoryProject(on: server)
            for key in 0..<20 {
                try requireStatus(
                    try await server.put(Native.entry("things", "k\(key)"), Bytes.noise(40_000, seed: UInt64(key + 1))),
                    201)
            }
            // Slow enough to be there while it is followed.
            let job = try await server.begin("verify", #"{"rate":"1KB"}"#)
            let target = what == "memory" ? memory.target : "/v1/admin/jobs/\(try #require(job["id"].string))"
            let release = OneShot<Bool>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                let joined = [OneShot<Bool>(), OneShot<Bool>()]
                for number in 0..<2 {
                    group.addTask {
                        try await server.follow(target) { stream in
                            _ = try await stream.nextEvent()
                            joined[number].fulfill(true)
                            _ = await release.wait()
                        }
                    }
                }
                for number in 0..<2 { _ = await joined[number].wait() }
                #expect(try await server.metric("larder_followers") == 2)
                let before = try await server.refusals("followers")
                for other in [target, memory.target, ProgressRun(on: server).target, "/v1/progress"] {
                    let refused = try await server.opens(other)
                    expectStatus(refused, 503)
                    #expect(refused.header("retry-after") != nil, "\(refused)")
                }
                #expect(try await server.refusals("followers") == before + 4)
                release.fulfill(true)
                try await group.waitForAll()
            }
            // They give their places back.
            #expect(try await eventually(within: .seconds(20)) { try await server.metric("larder_followers") == 0 })
            expectStatus(try await server.opens(memory.target), 200)
        }
    }
}

extension LarderProcess {
    /// The head of a stream's answer; the stream itself is left at once.
    func opens(_ target: String) async throws -> Reply {
        let request = try request(.GET, target, ["accept": "text/event-stream"])
        return try await Wire.connect(to: try port) { try await $0.open(request) }
    }
}
