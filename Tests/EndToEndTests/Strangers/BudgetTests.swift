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
@Suite("Strangers: what is held in memory", .ownServers)
struct BudgetTests {
    private static let quiet = ["--cleanup-every", "off", "--scrub-every", "off", "--log-level", "error"]

    @Test("Readers that take nothing of a log cost little each", arguments: ["array", "events", "function"])
    func readers(_ way: String) async throws {
        try await LarderProcess.with(Self.quiet) { server in
            let run = ProgressRun(on: server)
            let event = #"{"m":"\#(String(repeating: "x", count: 30_000))"}"#
            for _ in 0..<10 {
                let array = "[" + Array(repeating: event, count: 20).joined(separator: ",") + "]"
                try requireStatus(try await run.append(array), 200)
            }
            let target =
                switch way {
                case "array": Native.entry("progress", run.key)
                case "function": "/.netlify/functions/progress?projectId=\(run.project)&runId=\(run.run)"
                default: run.target
                }
            let whole = try await server.get(target, ["accept": "application/json"])
            #expect(whole.body.count > 5_900_000)
            let before = try server.memory("VmRSS")
            let request = try server.rawHead("GET", target, "Accept: application/json")
            // 6 MB each: 120 MB if they were held whole.
            let held = try await concurrently(20, width: 5) { _ in
                try await HeldSocket.open(try server.port, request, receiveBuffer: 8_192)
            }
            // All of them are being answered, for this one is.
            #expect(try await server.get(target, ["accept": "application/json"]).fingerprint == whole.fingerprint)
            let grown = try server.memory("VmRSS") - before
            #expect(grown < 60_000_000, "\(grown) bytes for 20 readers")
            for connection in held { try await connection.close() }
        }
    }

    @Test("Bodies that are held whole share one budget: beyond it 503, and room again when they are done")
    func bodies() async throws {
        try await LarderProcess.with(Self.quiet + ["--max-buffered", "4MB"]) { server in
            let patch = bytes(#"{"a":"\#(String(repeating: "x", count: 1_500_000))"}"#)
            let port = try server.port
            let go = OneShot<Bool>()
            // Ten of 1.5 MB, each but for its last byte.
            let answers = try await withThrowingTaskGroup(of: RawReply.self) { group in
                for number in 0..<10 {
                    let head = try server.rawHead(
                        "PATCH", Native.entry("things", "k\(number)"), "Content-Length: \(patch.count)",
                        "Content-Type: application/merge-patch+json")
                    group.addTask {
                        try await RawSocket.with(port, within: .seconds(60)) { socket in
                            try? await socket.send(bytes(head) + patch.dropLast())
                            let writer = socket.writer
                            let last = Task {
                                _ = await go.wait()
                                try? await writer.write(.init(bytes: patch.suffix(1)))
                            }
                            defer { last.cancel() }
                            return RawReply(bytes(try await socket.readHead()))
                        }
                    }
                }
                // Those that have no room are told so, while the others wait. Two have it, or one where what is
                // made of a body counts besides.
                var all: [RawReply] = []
                while all.count < 7, let answer = try await group.next() { all.append(answer) }
                #expect(all.allSatisfy { $0.status == 503 }, "\(all)")
                #expect(all.allSatisfy { $0.head.lowercased().contains("retry-after:") })
                go.fulfill(true)
                for try await answer in group { all.append(answer) }
                return all
            }
            // One that came late may have found the room of one that was done.
            #expect((1...3).contains(answers.filter { $0.status == 201 }.count), "\(answers)")
            #expect(answers.allSatisfy { [201, 503].contains($0.status) }, "\(answers)")
            for number in 20..<23 {
                expectStatus(
                    try await server.send(
                        .PATCH, Native.entry("things", "k\(number)"),
                        ["content-type": "application/merge-patch+json"], .bytes(patch)), 201)
            }
        }
    }

    @Test("A larger body than the whole budget is 413 or 503 at once, and small requests always go through")
    func beyond() async throws {
        try await LarderProcess.with(Self.quiet + ["--max-buffered", "1MB"]) { server in
            let patch = #"{"a":"\#(String(repeating: "x", count: 1_500_000))"}"#
            let reply = try await server.send(
                .PATCH, Native.entry("things", "k"), ["content-type": "application/merge-patch+json"], .text(patch))
            try expectError(reply, 413, 503)
            expectStatus(
                try await server.send(
                    .PATCH, Native.entry("things", "k"), ["content-type": "application/json"], .text("{}")), 201)
            expectStatus(try await server.put(Native.entry("things", "large"), Bytes.noise(3_000_000)), 201)
            #expect(try await server.get(Native.entry("things", "large")).body.count == 3_000_000)
        }
    }

    @Test(
        "A body of very many small values costs little more than its bytes",
        arguments: ["patch", "append", "array"])
    func manyValues(_ way: String) async throws {
        try await LarderProcess.with(Self.quiet) { server in
            let isPatch = way == "patch"
            let values =
                isPatch
                ? "{" + (0..<300_000).map { "\"a\($0)\":1" }.joined(separator: ",") + "}"
                : "[" + String(repeating: "{},", count: 1_500_000) + "{}]"
            let run = ProgressRun(on: server)
            let (method, target): (HTTPMethod, String) =
                switch way {
                case "patch": (.PATCH, Native.entry("things", "k"))
                case "append": (.POST, run.target)
                default: (.PUT, run.array())
                }
            // Once, so that what any body brings in is there.
            let small = isPatch ? #"{"a":1}"# : "[{}]"
            let type: KeyValuePairs = ["content-type": "application/json"]
            try requireStatus(try await server.send(method, target, type, .text(small)), 200, 201)
            let before = try server.memory("VmHWM")
            let reply = try await server.send(method, target, type, .text(values))
            if isPatch {
                expectStatus(reply, 200, 413)
            } else {
                try expectError(reply, 413)
            }
            let grown = try server.memory("VmHWM") - before
            #expect(grown < 8 * values.utf8.count + 16_000_000, "\(grown) bytes for a body of \(values.utf8.count)")
        }
    }

    @Test("One request brings no more events than a log keeps", arguments: [.POST, .PUT] as [HTTPMethod])
    func events(_ method: HTTPMethod) async throws {
        try await LarderProcess.with(Self.quiet) { server in
            let run = ProgressRun(on: server)
            let target = method == .POST ? run.target : run.array()
            func array(_ count: Int) -> Request.Body { .text("[" + String(repeating: "{},", count: count - 1) + "{}]") }
            try expectError(try await server.send(method, target, [:], array(100_000)), 413)
            expectStatus(try await server.get(run.target, ["accept": "application/json"]), 404)
            expectStatus(try await server.send(method, target, [:], array(200)), 200)
            #expect(try await run.read("tail=1")["last"] == 200)
        }
    }

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

/// Lists of stores have pages.
@Suite("Strangers: lists of stores", .ownServers)
struct StorePageTests {
    @Test("limit and cursor page them, and without they are whole", arguments: ["/v1/stores", "/v1/growth"])
    func pages(_ target: String) async throws {
        try await LarderProcess.with(["--max-page", "3"]) { server in
            let names = (0..<7).map { "store-\($0)" }
            // Contents of their own: what equal ones save depends on what is on the page.
            for name in names { try requireStatus(try await server.put(Native.entry(name, "k"), name), 201) }
            let whole = try await server.get(target).json
            #expect(whole["stores"].items.map { $0["name"].string } == names)
            #expect(whole["cursor"].isNull)
            for limit in [1, 2, 3] {
                var seen: [JSON] = []
                var cursor: String?
                var pages = 0
                repeat {
                    let query = "?limit=\(limit)" + (cursor.map { "&cursor=\($0)" } ?? "")
                    let page = try await server.get(target + query).json
                    #expect(page["stores"].items.count <= limit)
                    seen += page["stores"].items
                    cursor = page["cursor"].string
                    pages += 1
                } while cursor != nil && pages < 10
                #expect(seen == whole["stores"].items, "limit \(limit)")
            }
            try expectError(try await server.get(target + "?limit=4"), 400)
            try expectError(try await server.get(target + "?limit=0"), 400)
            try expectError(try await server.get(target + "?limit=2&cursor=nonsense"), 400)
            expectStatus(try await server.head(target), 200)
            // A token's pages hold its own stores only.
            let token = try #require(
                try await server.makeToken(#"{"scopes":["read"],"stores":["store-1","store-5"]}"#)["token"].string)
            let own = try await server.get(target + "?limit=1", as: .bearer(token)).json
            #expect(own["stores"].items.map { $0["name"].string } == ["store-1"])
            let next = try #require(own["cursor"].string)
            let last = try await server.get(target + "?limit=1&cursor=\(next)", as: .bearer(token)).json
            #expect(last["stores"].items.map { $0["name"].string } == ["store-5"])
        }
    }
}

/// Descriptors are counted before they run out.
@Suite(
    "Strangers: descriptors", .ownServers,
    .enabled(if: Tool.isThere("/usr/bin/prlimit"), "prlimit is of util-linux"))
struct DescriptorTests {
    @Test("Idle connections leave the server what it needs for its files")
    func idle() async throws {
        try await LarderProcess.with(wrapper: ["/usr/bin/prlimit", "--nofile=128:128"]) { server in
            let port = try server.port
            let contents = (0..<8).map { Bytes.noise(50_000, seed: UInt64($0 + 1)) }
            try await Wire.connect(to: port) { connection in
                func send(_ method: HTTPMethod, _ key: Int, _ body: Request.Body = .none) async throws -> Reply {
                    try await connection.send(try server.request(method, Native.entry("things", "k\(key)"), [:], body))
                }
                for key in 0..<4 { expectStatus(try await send(.PUT, key, .bytes(contents[key])), 201) }
                let held = try await concurrently(200, width: 20) { _ in try await HeldSocket.open(port, "G") }
                for key in 0..<8 {
                    let put = try await send(.PUT, key, .bytes(contents[key]))
                    expectStatus(put, 200, 201)
                    let get = try await send(.GET, key)
                    expectStatus(get, 200)
                    #expect(get.fingerprint == Fingerprint(contents[key]))
                }
                for connection in held { try await connection.close() }
            }
            #expect(try await eventually { try await server.get("/healthz", as: .nobody).status == 200 })
        }
    }
}
