import Foundation
import PostgresTestSupport
import Synchronization
import Testing

@Suite("Serving with the index on PostgreSQL", .ownServers, .sqliteOnly("they name their engines"))
struct PostgresServingTests {
    @Test("Entries, lists, logs and streams are what they are on SQLite, and kill -9 loses nothing of them")
    func works() async throws {
        try await LarderProcess.withPostgres { server in
            let large = Bytes.noise(300_000), small = Bytes.noise(2_000)
            try requireStatus(try await server.put(Netlify.edge("things", "a/large"), large), 200)
            let replies = try await concurrently(40) {
                try await server.put(Native.entry("things", "k\($0)"), Bytes.noise(500, seed: UInt64($0)))
            }
            #expect(replies.allSatisfy { $0.status == 201 })
            try requireStatus(try await server.put(Native.entry("things", "k0"), small), 200)
            try requireStatus(try await server.delete(Native.entry("things", "k1")), 204)
            expectStatus(try await server.put(Native.entry("things", "k2"), "x", ["if-none-match": "*"]), 412)

            let run = ProgressRun(on: server)
            try await run.appendNumbers(1...30)
            let seen = try await server.follow(run.target) { stream in
                try await run.appendNumbers(31...32)
                var numbers: [Int] = []
                while numbers.last != 32, let event = try await stream.nextEvent() {
                    if let number = try event.json["n"].int { numbers.append(number) }
                }
                return numbers
            }
            #expect(seen == Array(1...32))

            for _ in 0..<2 {
                let listed = try await server.get(Native.entries("things")).json["entries"].items
                #expect(listed.count == 40)
                #expect(try await server.get(Netlify.edge("things", "a/large")).body == large)
                #expect(try await server.get(Native.entry("things", "k0")).body == small)
                #expect(try await server.get(Native.entry("things", "k7")).body == Bytes.noise(500, seed: 7))
                expectStatus(try await server.get(Native.entry("things", "k1")), 404)
                #expect(try await run.numbers() == Array(1...32))
                await server.kill()
                try await server.start()
            }
        }
    }

    @Test("A password in --index shows neither in the log nor in what the system shows of the process")
    func password() async throws {
        try await LarderProcess.withPostgres { server in
            let shown = try String(
                decoding: Data(contentsOf: URL(fileURLWithPath: "/proc/\(try server.pid)/cmdline")), as: UTF8.self)
            #expect(shown.contains("postgres://larder:***"))
            #expect(!shown.contains(PostgresServer.password))
            #expect(!server.log.contains(PostgresServer.password))
        }
    }

    @Test("A second node is refused in one line while one keeps objects in its data directory, or has its name")
    func second() async throws {
        try await withSchema { postgres, schema in
            let arguments = ["--index", postgres.url(schema: schema), "--accept-unsafe"]
            try await LarderProcess.with(arguments + ["--node", "one"]) { server in
                func refusal(_ more: String...) async throws -> String {
                    let second = try await Larder.run(
                        ["serve", "--data", server.folder.appending("other"), "--port", "0"] + arguments + more,
                        home: server.folder.path, within: .seconds(90))
                    #expect(second.ending == .exit(1) && second.lines.count == 1, "\(second)")
                    return second.lines.joined()
                }
                #expect(try await refusal("--node", "two").contains("give both the same --objects"))
                #expect(try await refusal("--node", "one").contains("a node called 'one' is up already"))
                #expect(try await refusal("--node", "a b").contains("a node's name (--node)"))
                try requireStatus(try await server.put(Native.entry("things", "k"), "x"), 201)
            }
        }
    }

    // MARK: What goes away

    @Test("PostgreSQL gone: 503 with Retry-After, streams end; back again: it goes on by itself, and nothing is lost")
    func away() async throws {
        let postgres = try await blocking { try PostgresServer(["fsync=off"]) }
        try await LarderProcess.with(["--index", postgres.url(), "--accept-unsafe"]) { server in
            try requireStatus(try await server.put(Native.entry("things", "k"), "kept"), 201)
            let run = ProgressRun(on: server)
            try await run.appendNumbers(1...3)
            // In memory by now.
            #expect(try await server.get(Native.entry("things", "k")).text == "kept")
            let frames = try await server.follow(run.target) { stream in
                var frames: [EventStream.Frame] = []
                for _ in 0..<3 { if let event = try await stream.nextEvent() { frames.append(event) } }
                try await blocking { try postgres.crash() }
                return try await frames + stream.rest()
            }
            #expect(frames.last?.retry.flatMap { Int($0) }.map { (1_000...5_000).contains($0) } == true, "\(frames)")

            try await server.untilAway()
            for reply in [
                try await server.get("/readyz", as: .nobody), try await server.get(Native.entry("things", "k")),
                try await server.put(Native.entry("things", "new"), "x"),
                try await server.get(Native.entries("things")),
                try await run.append(#"{"n":4}"#),
            ] {
                try expectError(reply, 503, code: "unavailable")
                #expect(reply.header("retry-after") != nil)
            }
            expectStatus(try await server.get("/healthz", as: .nobody), 200)

            try await blocking { try postgres.start() }
            try await server.untilReady()
            #expect(try await server.get(Native.entry("things", "k")).text == "kept")
            expectStatus(try await server.get(Native.entry("things", "new")), 404)
            try await run.appendNumbers(4...5)
            #expect(try await run.numbers() == Array(1...5))
        }
    }

    @Test("A job that is under way when PostgreSQL goes away goes on once it is back")
    func job() async throws {
        let postgres = try await blocking { try PostgresServer(["fsync=off"]) }
        try await LarderProcess.with(["--index", postgres.url(), "--accept-unsafe"]) { server in
            for i in 0..<20 {
                let content = Bytes.noise(100_000, seed: UInt64(i))
                try requireStatus(try await server.put(Native.entry("things", "k\(i)"), content), 201)
            }
            // Some seconds long.
            let job = try await server.begin("verify", #"{"rate":"400KB"}"#)
            try await blocking { try postgres.crash() }
            try await server.untilAway()
            try await blocking { try postgres.start() }
            try await server.untilReady()
            let ended = try await server.finish(job)
            #expect(ended["state"] == "done", "\(ended)")
            #expect(ended["result"]["verified"].int == 20)
        }
    }

    @Test("stats, /metrics and /v1/health name the engine, and how long it takes to answer")
    func named() async throws {
        try await LarderProcess.withPostgres { server in
            try requireStatus(try await server.put(Native.entry("things", "k"), "x"), 201)
            let metrics = try await server.get("/metrics").text
            #expect(metrics.contains(#"larder_index_up{engine="postgres"} 1"#))
            #expect(metrics.contains("larder_index_outages_total 0"))
            #expect(metrics.contains("larder_index_answer_seconds_count"))
            let engines = try await server.get("/v1/health").json["engines"]
            #expect(engines["index"]["engine"].string == "postgres" && engines["index"]["waitsFor"].isNull)
            #expect(engines["objects"]["engine"].string == "disk")
            let stats = try await Larder.run(
                ["stats"], environment: ["LARDER_URL": try server.url, "LARDER_DATA": server.data],
                home: server.folder.path)
            #expect(stats.lines.contains { $0.hasPrefix("index: postgres") })
            #expect(stats.lines.contains { $0.hasPrefix("objects: disk") })
        }
    }

    @Test("Cut connections: what was answered stays, what was refused is not there, and nothing is there twice")
    func cut() async throws {
        try await withSchema { postgres, schema in
            let proxy = try TCPProxy(to: postgres.port)
            defer { proxy.close() }
            let arguments = ["--index", postgres.url(schema: schema, port: proxy.port), "--accept-unsafe"]
            try await LarderProcess.with(arguments) { server in
                let run = ProgressRun(on: server)
                let progress = Progress()
                async let outcomes = Self.write(to: server, run, progress)
                for round in 0..<20 {
                    // Some writes have to come through in between, and then it is cut wherever the next ones are.
                    try await progress.wait(forMore: round % 5 + 1)
                    proxy.cut()
                }
                progress.end()
                let written = try await outcomes
                try await server.untilReady()
                #expect(written.contains { $0.entry == .done } && written.contains { $0.event == .done })
                #expect(!written.contains { $0.entry == .odd || $0.event == .odd })

                let numbers = try await run.numbers()
                #expect(Set(numbers).count == numbers.count, "no event twice")
                for outcome in written {
                    let isThere = try await server.get(Native.entry("things", "k\(outcome.number)")).status == 200
                    if outcome.entry == .done { #expect(isThere, "entry \(outcome.number) was answered") }
                    if outcome.entry == .refused { #expect(!isThere, "entry \(outcome.number) was refused") }
                    let isLogged = numbers.contains(outcome.number)
                    if outcome.event == .done { #expect(isLogged, "event \(outcome.number) was answered") }
                    if outcome.event == .refused { #expect(!isLogged, "event \(outcome.number) was refused") }
                }
            }
        }
    }

    /// What a client hears of a write.
    private enum Heard: Sendable {
        case done, refused, unknown, odd

        init(_ reply: Reply) {
            let code = try? reply.json["error"]["code"].string
            self =
                switch (reply.status, code) {
                case (200...201, _): .done
                case (503, "unavailable"): .refused
                case (503, "outcome_unknown"): .unknown
                default: .odd
                }
        }
    }

    /// How far the clients are, and whether they are to end.
    private final class Progress: Sendable {
        private let state = Mutex((done: 0, isOver: false))

        var isOver: Bool { state.withLock { $0.isOver } }
        func end() { state.withLock { $0.isOver = true } }
        func note(_ heard: Heard) { if heard == .done { state.withLock { $0.done += 1 } } }

        func wait(forMore count: Int) async throws {
            let wanted = state.withLock { $0.done } + count
            try await within(.seconds(120), "writes between two cuts") { [self] in
                while state.withLock({ $0.done }) < wanted { try await Task.sleep(for: .milliseconds(2)) }
            }
        }
    }

    /// Writes entries and events from some clients until they are to end.
    private static func write(to server: LarderProcess, _ run: ProgressRun, _ progress: Progress) async throws
        -> [(number: Int, entry: Heard, event: Heard)]
    {
        let clients = 6
        return try await concurrently(clients, width: clients) { client in
            var heard: [(number: Int, entry: Heard, event: Heard)] = []
            var number = client
            while !progress.isOver {
                let entry = Heard(try await server.put(Native.entry("things", "k\(number)"), "\(number)"))
                progress.note(entry)
                let event = Heard(try await run.append(#"{"n":\#(number)}"#))
                progress.note(event)
                heard.append((number, entry, event))
                number += clients
            }
            return heard
        }.flatMap(\.self)
    }
}
