import BlobStore
import BlobStoreTestSupport
import Index
import LarderModel
import LarderTestSupport
import Testing

@testable import Logs

@Suite("What an event says of its run")
struct RunSignalTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var event: String
        var state: RunState
        var testDescription: String { event }
    }

    private static func signal(_ event: String, _ log: Policy.LogRule = Policy.LogRule()) throws -> RunSignal {
        let rule = Policy.Rule(keys: try Glob("**"), maxSize: ByteCount(64_000), log: log)
        return try #require(try EventParser(rule, maxDepth: JSONText.depthDefault).objectOrArray(event.bytes).first)
            .signal
    }

    @Test(
        "is that it goes on, is completed or has failed",
        arguments: [
            Row(event: "{}", state: .running),
            Row(event: #"{"progress":99.99}"#, state: .running),
            Row(event: #"{"progress":100}"#, state: .completed),
            Row(event: #"{"progress":1e2}"#, state: .completed),
            Row(event: #"{"progress":101.5}"#, state: .completed),
            Row(event: #"{"progress":1e999}"#, state: .completed),
            Row(event: #"{"progress":-100}"#, state: .running),
            Row(event: #"{"progress":"100"}"#, state: .running),
            Row(event: #"{"progress":[100]}"#, state: .running),
            Row(event: #"{"data":{"progress":100}}"#, state: .running),
            Row(event: #"{"agent":"completed","status":"completed"}"#, state: .completed),
            Row(event: #"{"agent":"completed","status":"complete"}"#, state: .completed),
            Row(event: #"{"agent":"pipeline","status":"COMPLETED"}"#, state: .completed),
            Row(event: #"{"agent":"pipeline","status":"success"}"#, state: .completed),
            Row(event: #"{"agent":"pipeline","status":"working"}"#, state: .running),
            Row(event: #"{"agent":"completed"}"#, state: .running),
            Row(event: #"{"agent":"director","status":"completed"}"#, state: .running),
            Row(event: #"{"agent":"director","status":"failed"}"#, state: .running),
            Row(event: #"{"agent":"system","status":"failed"}"#, state: .failed),
            Row(event: #"{"agent":"system","status":"error"}"#, state: .failed),
            Row(event: #"{"agent":"quality_gate","status":"failed"}"#, state: .failed),
            Row(event: #"{"agent":"pipeline","status":"error"}"#, state: .failed),
            Row(event: #"{"agent":"system","status":"completed"}"#, state: .running),
            Row(event: #"{"agent":"pipeline","status":"failed","progress":100}"#, state: .failed),
            Row(event: #"{"agent":"x","agent":"pipeline","status":"done"}"#, state: .completed),
            Row(event: #"{"agent":"pipeline","status":"done","status":"x"}"#, state: .running),
            Row(event: #"{"\u0061gent":"pipe\u006cine","status":"done"}"#, state: .completed),
            Row(event: #"{"agent":7,"status":true}"#, state: .running),
            Row(event: #"{"status":"completed"}"#, state: .completed),
            Row(event: #"{"status":"Failed"}"#, state: .failed),
            Row(event: #"{"status":"error"}"#, state: .failed),
            Row(event: #"{"status":"cancelled"}"#, state: .failed),
            Row(event: #"{"status":"cancelled","progress":100}"#, state: .failed),
            Row(event: #"{"agent":null,"status":"completed"}"#, state: .completed),
            Row(event: #"{"agent":"x","agent":null,"status":"completed"}"#, state: .completed),
            Row(event: #"{"status":"done"}"#, state: .running),
            Row(event: #"{"status":"running"}"#, state: .running),
            Row(event: #"{"agent":"","status":"completed"}"#, state: .running),
            Row(event: #"{"agent":7,"status":"completed"}"#, state: .running),
            Row(event: #"{"agent":"pipeline","status":"cancelled"}"#, state: .running),
        ])
    func state(row: Row) throws {
        #expect(try Self.signal(row.event).state == row.state)
    }

    @Test(
        "follows the agents that the policy names, and an event without an agent all the same",
        arguments: [
            Row(event: #"{"agent":"cutter","status":"done"}"#, state: .completed),
            Row(event: #"{"agent":"cutter","status":"failed"}"#, state: .failed),
            Row(event: #"{"agent":"cutter","status":"cancelled"}"#, state: .failed),
            Row(event: #"{"agent":"cutter","status":"working"}"#, state: .running),
            Row(event: #"{"agent":"Cutter","status":"done"}"#, state: .running),
            Row(event: #"{"agent":"pipeline","status":"completed"}"#, state: .running),
            Row(event: #"{"agent":"system","status":"failed"}"#, state: .running),
            Row(event: #"{"agent":"\u00e9","status":"failed"}"#, state: .failed),
            Row(event: #"{"agent":"e\u0301","status":"failed"}"#, state: .running),
            Row(event: #"{"status":"completed"}"#, state: .completed),
            Row(event: #"{"agent":"x","progress":100}"#, state: .completed),
        ])
    func endedBy(row: Row) throws {
        #expect(try Self.signal(row.event, Policy.LogRule(endedBy: ["cutter", "é"])).state == row.state)
    }

    @Test(
        "leaves the progress out where the policy says that an agent completes the run",
        arguments: [
            Row(event: #"{"agent":"x","progress":100}"#, state: .running),
            Row(event: #"{"progress":100}"#, state: .running),
            Row(event: #"{"agent":"pipeline","status":"completed"}"#, state: .completed),
            Row(event: #"{"status":"completed"}"#, state: .completed),
            Row(event: #"{"agent":"pipeline","status":"failed","progress":100}"#, state: .failed),
        ])
    func completeAt(row: Row) throws {
        #expect(try Self.signal(row.event, Policy.LogRule(completeAt: .agent)).state == row.state)
    }

    @Test("holds progress and message where they have the right kind")
    func fields() throws {
        #expect(try Self.signal(#"{"progress":12.5,"message":"a\nb"}"#) == RunSignal(progress: 12.5, message: "a\nb"))
        #expect(try Self.signal(#"{"progress":"12","message":7}"#) == RunSignal())
        #expect(try Self.signal(#"{"progress":1,"progress":"x"}"#).progress == nil)
    }

    @Test("cuts a long message between characters", arguments: ["x", "é", "漢", "🎬"])
    func longMessage(character: String) throws {
        for lead in ["", "a", "ab", "abc"] {
            let message = lead + String(repeating: character, count: 1_500)
            let cut = try #require(try Self.signal(#"{"message":"\#(message)"}"#).message)
            #expect(cut.utf8.count <= 1_000)
            #expect(cut.utf8.count > 996)
            let isStart = message.utf8.starts(with: cut.utf8)
            #expect(isStart, "nothing but the message: \(cut.suffix(2))")
        }
    }
}

@Suite("The state of a run")
struct RunStateTests {
    @Test("follows its last event; a later one reopens it")
    func reopened() async throws {
        try await withLogs { logs, _ async throws in
            for (event, state) in [
                (#"{"agent":"a"}"#, RunState.running), (#"{"progress":100}"#, .completed),
                (#"{"agent":"b"}"#, .running),
                (#"{"agent":"system","status":"failed"}"#, .failed), (#"[{"progress":100},{"progress":3}]"#, .running),
            ] {
                #expect(try await logs.append(event, to: run()).state == state)
                #expect(try await logs.read(run())?.state == state)
            }
        }
    }

    @Test("is stalled after 15 minutes without an event, to the millisecond, unless it is over")
    func stalled() async throws {
        try await withLogs { logs, clock async throws in
            try await logs.append("{}", to: run())
            try await logs.append(#"{"progress":100}"#, to: run("over"))
            clock.advance(by: .seconds(900) - .milliseconds(1))
            #expect(try await logs.read(run())?.state == .running)
            clock.advance(by: .milliseconds(1))
            #expect(try await logs.read(run())?.state == .stalled)
            #expect(try await logs.read(run())?.head.state == .running, "never stored")
            #expect(try await logs.read(run("over"))?.state == .completed)
            try await logs.append("{}", to: run())
            #expect(try await logs.read(run())?.state == .running)
        }
    }

    @Test("keeps the last progress and message over events without them, and starts anew when the log was emptied")
    func head() async throws {
        try await Home.with { home async throws in
            try await home.open { logs, store async throws in
                try await logs.append(#"{"progress":10,"message":"ten"}"#, to: run())
                let start = home.clock.now
                home.clock.advance(by: .seconds(5))
                try await logs.append("{}", to: run())
                var head = try #require(try await logs.read(run())?.head)
                #expect(head.progress == 10 && head.message == "ten")
                #expect(head.startedAt == start && head.updatedAt == start + .seconds(5))
                #expect(try await store.delete(run()))
                home.clock.advance(by: .seconds(5))
                try await logs.append("{}", to: run())
                head = try #require(try await logs.read(run())?.head)
                #expect(head.progress == nil && head.message == nil)
                #expect(head.startedAt == start + .seconds(10))
            }
        }
    }

    @Test("is listed, last changed first, by project and state, a page at a time", arguments: [1, 2, 100])
    func runs(limit: Int) async throws {
        try await withLogs { logs, clock async throws in
            for (i, event) in ["{}", #"{"progress":100}"#, #"{"agent":"system","status":"error"}"#, "{}", "{}"]
                .enumerated()
            {
                try await logs.append(event, to: run("r\(i)", project: i == 3 ? "q" : "p"))
                if i == 0 { clock.advance(by: .seconds(900)) } else if i != 2 { clock.advance(by: .milliseconds(1)) }
            }
            func list(
                _ state: RunState?, project: String? = nil, contains: String? = nil, since: Timestamp? = nil
            ) async throws -> [String] {
                var found: [String] = []
                var before: (Timestamp, [UInt8])?
                while true {
                    let prefix = project.map { "projects/\($0)/runs/".bytes } ?? []
                    let page = try await logs.runs(
                        of: StoreName("progress"), in: .default, prefix: prefix, state: state,
                        contains: contains.map { try SearchText($0.bytes) }, since: since, before: before, limit: limit
                    ).runs
                    guard let last = page.last else { return found }
                    found += try page.map { try #require(RunName($0.head.key)).run.text }
                    before = (last.head.updatedAt, last.head.key.bytes)
                }
            }
            #expect(try await list(nil) == ["r4", "r3", "r2", "r1", "r0"])
            #expect(try await list(nil, project: "p") == ["r4", "r2", "r1", "r0"])
            #expect(try await list(.running) == ["r4", "r3"])
            #expect(try await list(.stalled) == ["r0"])
            #expect(try await list(.completed) == ["r1"])
            #expect(try await list(.failed) == ["r2"])
            #expect(try await list(nil, contains: "R1") == ["r1"])
            #expect(try await list(nil, project: "p", contains: "q") == [], "a project's name is no run's")
            let hourAgo = clock.now - .seconds(600)
            #expect(try await list(nil, since: hourAgo) == ["r4", "r3", "r2", "r1"])
            #expect(try await list(.running, contains: "r", since: hourAgo) == ["r4", "r3"])
        }
    }
}

@Suite("The name of a run")
struct RunNameTests {
    @Test(
        "is its log's key, and read back from it", arguments: [("p", "r"), ("a b", "é🎬"), ("..", "."), ("%2F", "x\ny")])
    func roundTrip(project: String, run: String) throws {
        let name = try RunName(project: Identifier(project), run: Identifier(run))
        #expect(try name.key().text == "projects/\(project)/runs/\(run)/progress.json")
        #expect(RunName(try name.key()) == name)
    }

    @Test(
        "has two parts without a slash, of a length that a key can have",
        arguments: [("", "r"), ("p", ""), ("a/b", "r"), ("p", "/"), ("p", String(repeating: "x", count: 600))])
    func refused(project: String, run: String) throws {
        let error = #expect(throws: LarderError.self) {
            try RunName(project: Identifier(project), run: Identifier(run))
        }
        #expect(error?.code == .invalidKey)
    }

    @Test(
        "is in no other key",
        arguments: [
            "projects/p/runs/r", "projects/p/runs/r/progress.json/x", "projects//runs/r/progress.json",
            "projects/p/runs//progress.json",
            "x/p/runs/r/progress.json", "projects/p/run/r/progress.json", "projects/p/runs/r/Progress.json",
        ])
    func foreign(key: String) throws {
        #expect(RunName(try EntryKey(key)) == nil)
    }
}

@Suite("The fingerprint of an event")
struct FingerprintTests {
    private static let rule: Policy.Rule? = (try? Glob("**")).map {
        Policy.Rule(keys: $0, maxSize: ByteCount(64_000), log: Policy.LogRule())
    }

    private func fingerprint(_ text: String) throws -> Fingerprint {
        let rule = try #require(Self.rule)
        return try #require(try EventParser(rule, maxDepth: JSONText.depthDefault).array("[\(text)]".bytes).first)
            .fingerprint
    }

    @Test(
        "is the same for the same value, however it is written",
        arguments: [
            (#"{"a":1,"b":2}"#, #"{ "b" : 2, "a" : 1 }"#), (#"{"n":1}"#, #"{"n":1.0}"#), (#"{"n":100}"#, #"{"n":1e2}"#),
            (#"{"n":0}"#, #"{"n":-0.0}"#),
            (#"{"s":"é/"}"#, #"{"s":"\u00e9\/"}"#), (#"{"a":1,"a":2}"#, #"{"a":2}"#),
            (#"{"s":"🎬"}"#, #"{"s":"\ud83c\udfac"}"#),
            (#"{"n":0.1}"#, #"{"n":0.1000000000000000055511151231257827}"#),
        ])
    func equal(a: String, b: String) throws { #expect(try fingerprint(a) == fingerprint(b)) }

    @Test(
        "is another for another value",
        arguments: [
            (#"{"a":1}"#, #"{"a":"1"}"#), (#"{"a":1}"#, #"{"a":2}"#), (#"{"a":1}"#, #"{"b":1}"#),
            (#"{"a":[1,2]}"#, #"{"a":[2,1]}"#),
            (#"{"a":null}"#, "{}"),
            (#"{"a":[]}"#, #"{"a":{}}"#), (#"{"a":true}"#, #"{"a":"true"}"#), (#"{"s":"é"}"#, #"{"s":"e\u0301"}"#),
            (#"{"a":{"b":1}}"#, #"{"a.b":1}"#),
            (#"{"s":"\ud83d"}"#, #"{"s":"\ud83c"}"#), (#"{"s":"\ud83d"}"#, #"{"s":"\ufffd"}"#),
            (#"{"\ud83d":1}"#, #"{"\ud83c":1}"#),
        ])
    func different(a: String, b: String) throws { #expect(try fingerprint(a) != fingerprint(b)) }
}

@Suite("Events in one request")
struct EventCountTests {
    private func parser(keeping count: Int) throws -> EventParser {
        var log = Policy.LogRule()
        log.maxEvents = count
        let rule = Policy.Rule(keys: try Glob("**"), maxSize: ByteCount(64_000), log: log)
        return EventParser(rule, maxDepth: JSONText.depthDefault)
    }

    private func array(_ count: Int) -> [UInt8] {
        "[\(repeatElement("{}", count: count).joined(separator: ","))]".bytes
    }

    @Test(
        "are twice as many as the log keeps, and at least 1,000",
        arguments: [(1, 1_000), (200, 1_000), (501, 1_002)])
    func most(kept: Int, most: Int) throws {
        let parser = try parser(keeping: kept)
        #expect(try parser.objectOrArray(array(most)).count == most)
        #expect(try parser.array(array(most)).count == most)
        let error = try #require(throws: LarderError.self) { try parser.objectOrArray(array(most + 1)) }
        #expect(error.code == .entryTooLarge && error.message.contains("\(most) events"))
        #expect(throws: LarderError.self) { try parser.array(array(most + 1)) }
    }

    @Test("are counted before any is looked at: what follows the first too many may be anything")
    func early() throws {
        let parser = try parser(keeping: 1)
        let error = try #require(throws: LarderError.self) {
            try parser.objectOrArray("[1,\(repeatElement("{}", count: 1_100).joined(separator: ","))]".bytes)
        }
        #expect(error.code == .entryTooLarge)
    }

    @Test("may have a byte order mark before them, which is not kept")
    func byteOrderMark() throws {
        let parser = try parser(keeping: 1)
        #expect(try parser.objectOrArray("\u{FEFF}{\"a\":1}".bytes).map(\.json.text) == [#"{"a":1}"#])
        #expect(try parser.array("\u{FEFF}[{\"a\":1}]".bytes).map(\.json.text) == [#"{"a":1}"#])
    }
}
