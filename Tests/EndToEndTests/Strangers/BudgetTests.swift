import Foundation
import NIOCore
import NIOHTTP1
import Testing

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
                // Those that have no room are told so, while the others wait. One has it: what is made of a body counts
                // besides.
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

    @Test("A log that many read is held once, and what does not fit beside it is 503 until it is gone")
    func once() async throws {
        try await LarderProcess.with(Self.quiet + ["--max-buffered", "8MB"]) { server in
            let runs = [ProgressRun(on: server), ProgressRun(on: server)]
            let event = #"{"m":"\#(String(repeating: "x", count: 50_000))"}"#
            for run in runs {
                for _ in 0..<5 {
                    let array = "[" + Array(repeating: event, count: 20).joined(separator: ",") + "]"
                    try requireStatus(try await run.append(array), 200)
                }
            }
            let targets = runs.map { Native.entry("progress", $0.key) }
            let request = try server.rawHead("GET", targets[0])
            // Of 5 MB each.
            let held = try await concurrently(10, width: 5) { _ in
                try await HeldSocket.open(try server.port, request, receiveBuffer: 8_192)
            }
            for target in [targets[0], runs[0].target, runs[0].target + "?tail=100"] {
                expectStatus(try await server.get(target), 200)
            }
            #expect(try await (5_000_000..<6_000_000).contains(server.metric("larder_buffered_bytes")))
            let before = try await server.refusals("buffered")
            for target in [targets[1], runs[1].target, runs[0].target + "?tail=90"] {
                let refused = try await server.get(target)
                try expectError(refused, 503, code: "unavailable")
                #expect(refused.header("retry-after") != nil)
            }
            #expect(try await server.refusals("buffered") == before + 3)
            // What needs none of it goes on.
            expectStatus(try await server.head(targets[1]), 200)
            expectStatus(try await server.get(runs[1].target + "?tail=1"), 200)
            expectStatus(try await server.put(Native.entry("things", "large"), Bytes.noise(3_000_000)), 201)
            #expect(try await server.get(Native.entry("things", "large")).body.count == 3_000_000)
            for connection in held { try await connection.close() }
            #expect(try await eventually { try await server.metric("larder_buffered_bytes") == 0 })
            expectStatus(try await server.get(targets[1]), 200)
        }
    }

    @Test("What is held is given back however a request ends")
    func released() async throws {
        try await LarderProcess.with(Self.quiet) { server in
            let run = ProgressRun(on: server)
            let event = #"{"m":"\#(String(repeating: "x", count: 50_000))"}"#
            let events = "[" + Array(repeating: event, count: 20).joined(separator: ",") + "]"
            try requireStatus(try await run.append(events), 200)
            let port = try server.port
            let patch = bytes(#"{"a":"\#(String(repeating: "x", count: 200_000))"}"#)
            let read = try server.rawHead("GET", Native.entry("progress", run.key))
            _ = try await concurrently(1_000, width: 40) { number in
                let head = try server.rawHead(
                    "PATCH", Native.entry("things", "k\(number % 10)"), "Content-Length: \(patch.count)",
                    "Content-Type: application/json")
                try await RawSocket.with(port, receiveBuffer: 8_192) { socket in
                    switch number % 4 {
                    case 0: try await socket.send(read)
                    case 1:
                        try await socket.send(read)
                        _ = try await socket.readHead()
                    case 2: try await socket.send(bytes(head) + patch.prefix(100_000))
                    default:
                        try await socket.send(bytes(head) + patch)
                        if number % 8 == 3 { _ = try await socket.readHead() }
                    }
                }
            }
            #expect(try await eventually { try await server.metric("larder_buffered_bytes") == 0 })
            #expect(try await server.get(Native.entry("progress", run.key)).body == bytes(events))
        }
    }
}
