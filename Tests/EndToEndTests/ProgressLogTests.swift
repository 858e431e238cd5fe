import Foundation
import NIOHTTP1
import Testing

/// Contract 4.3: `/v1/progress/{project}/{run}` as a log.
@Suite("The progress log", .server)
struct LogsTests {
    // MARK: Appending and reading

    @Test("Sequence numbers start at 1 and go on without gaps")
    func sequence() async throws {
        let run = ProgressRun(on: try server)
        let first = try await run.append(#"{"n":1}"#)
        expectStatus(first, 200, 201)
        #expect(try first.json == ["first": 1, "last": 1, "count": 1])
        #expect(try await run.append(#"{"n":2}"#).json == ["first": 2, "last": 2, "count": 1])
        #expect(try await run.append(#"[{"n":3},{"n":4},{"n":5}]"#).json == ["first": 3, "last": 5, "count": 3])

        let log = try await run.read()
        #expect(log["project"].string == run.project)
        #expect(log["run"].string == run.run)
        #expect(log["state"] == "running")
        #expect(log["first"] == 1)
        #expect(log["last"] == 5)
        #expect(log["count"] == 5)
        #expect(log["dropped"] == 0)
        let events = log["events"].items
        #expect(events.map { $0["seq"].int } == [1, 2, 3, 4, 5])
        #expect(events.map { $0["event"]["n"].int } == [1, 2, 3, 4, 5])
        for event in events {
            #expect(
                event["receivedAt"].string?.wholeMatch(of: /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/) != nil,
                "\(event)")
        }
    }

    @Test("An append says and keeps the same in whatever way its body comes")
    func ways() async throws {
        let server = try server, body = #"[{"n":1},{"n":2}]"#, length = body.utf8.count
        let halves = [Array(body.utf8.prefix(length / 2)), Array(body.utf8.suffix(length - length / 2))]
        let blanks = String(repeating: " ", count: 20_000)
        let ways: [(KeyValuePairs<String, String>, Request.Body)] = [
            ([:], .text(body)), ([:], .text(blanks + body)), ([:], .chunked(halves)),
            (["content-encoding": "gzip"], .bytes(try Bytes.gzip(Array(body.utf8)))),
            (["connection": "close"], .text(body)),
        ]
        for (fields, content) in ways {
            let run = ProgressRun(on: server)
            for first in [1, 3] {
                let reply = try await server.send(.POST, run.target, fields, content)
                try requireStatus(reply, 200, 201)
                #expect(
                    try reply.json == ["first": .number(Double(first)), "last": .number(Double(first + 1)), "count": 2])
            }
            #expect(try await run.numbers() == [1, 2, 1, 2])
        }
        for wrong in ["", "1", "[1]", #"{"n":"#, "[{},2]"] {
            for content in [Request.Body.text(wrong), .chunked(wrong.isEmpty ? [] : [Array(wrong.utf8)])] {
                let run = ProgressRun(on: server)
                expectStatus(try await server.send(.POST, run.target, [:], content), 422)
                expectStatus(try await server.get(run.target), 404)
            }
        }
    }

    @Test(
        "after and tail choose the events, not the totals",
        arguments: [
            ("after=0", Array(1...10)), ("after=7", [8, 9, 10]), ("after=10", []), ("after=99", []),
            ("tail=3", [8, 9, 10]),
            ("tail=100", Array(1...10)),
            ("after=5&tail=2", [9, 10]), ("after=9&tail=5", [10]),
        ])
    func choosing(_ query: String, _ expected: [Int]) async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...10)
        let log = try await run.read(query)
        #expect(log["events"].items.map { $0["seq"].int } == expected)
        #expect(log["count"] == 10)
        #expect(log["last"] == 10)
    }

    @Test(
        "Each event is kept byte for byte",
        arguments: [
            #"{"z":1,"a":2,"m":3}"#, #"{"n":1.50,"e":1e3,"big":12345678901234567890123,"neg":-0.0}"#,
            #"{"s":"\u00e9\/\ud83e\uddad é 🦭"}"#,
            #"{ "spaced" : [ 1 , 2 ] }"#, #"{"a":1,"a":2}"#, #"{"deep":{"x":[{"y":null},true,false]}}"#,
            #"{"t":"event: x\ndata: y\n\n\r\u2028"}"#,
            "{}",
            "{\"u\":\"\u{2028}\u{2029}\u{85}\u{FEFF}\"}",
        ])
    func byteForByte(_ event: String) async throws {
        let run = ProgressRun(on: try server)
        try requireStatus(try await run.append(event), 200, 201)
        try requireStatus(try await run.append("[\(event),\(event)]"), 200, 201)
        let log = try await server.get(run.target, ["accept": "application/json"])
        let parts = log.text.components(separatedBy: "\"event\":\(event)")
        #expect(parts.count == 4, "\(log.text)")
        let array = try await server.get(run.array())
        #expect(array.text.filter { $0 != "\n" } == "[\(event),\(event),\(event)]")
    }

    @Test("Line breaks between tokens are no part of an event, those in strings are")
    func lineBreaks() async throws {
        let run = ProgressRun(on: try server)
        try requireStatus(try await run.append("{\n  \"a\": \"x\\ny\",\r\n  \"b\": [\n1\n]\n}\n"), 200, 201)
        let event = try await run.read()["events"][0]["event"]
        #expect(event == ["a": "x\ny", "b": [1]])
    }

    @Test("Twenty appends at once are all kept, each once, numbered without gaps")
    func concurrent() async throws {
        let run = ProgressRun(on: try server)
        let replies = try await concurrently(20, width: 20) { try await run.append("{\"n\":\($0)}") }
        #expect(replies.allSatisfy { (200...201).contains($0.status) })
        #expect(try replies.compactMap { try $0.json["first"].int }.sorted() == Array(1...20))
        #expect(try await run.numbers().sorted() == Array(0..<20))
        // Each event lies at the number that its writer was told.
        let events = try await run.read()["events"].items
        for (n, reply) in replies.enumerated() {
            let seq = try #require(try reply.json["first"].int)
            #expect(events.first { $0["seq"].int == seq }?["event"]["n"].int == n)
        }
    }

    @Test("Batches are not torn apart by one another")
    func concurrentBatches() async throws {
        let run = ProgressRun(on: try server)
        let replies = try await concurrently(12, width: 12) { writer in
            try await run.append("[" + (0..<5).map { "{\"n\":\(writer * 5 + $0)}" }.joined(separator: ",") + "]")
        }
        let numbers = try await run.numbers()
        try #require(numbers.count == 60)
        for (writer, reply) in replies.enumerated() {
            let first = try #require(try reply.json["first"].int)
            try #require((1...56).contains(first))
            #expect(try reply.json["last"].int == first + 4)
            #expect(Array(numbers[(first - 1)..<(first + 4)]) == Array((writer * 5)..<(writer * 5 + 5)))
        }
    }

    // MARK: Idempotency

    @Test("A repeated Idempotency-Key answers the first reply and appends nothing")
    func idempotency() async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...3)
        let first = try await run.append(#"[{"n":4},{"n":5}]"#, ["idempotency-key": "step-1"])
        #expect(try first.json == ["first": 4, "last": 5, "count": 2])
        try await run.appendNumbers(6...6)
        let again = try await run.append(#"[{"n":4},{"n":5}]"#, ["idempotency-key": "step-1"])
        #expect(again.status == first.status)
        #expect(try again.json == first.json)
        #expect(try await run.numbers() == [1, 2, 3, 4, 5, 6])
        #expect(
            try await run.append(#"{"n":7}"#, ["idempotency-key": "step-2"]).json == [
                "first": 7, "last": 7, "count": 1,
            ])
    }

    @Test("Ten at once with one Idempotency-Key append once")
    func racingIdempotency() async throws {
        let run = ProgressRun(on: try server)
        let replies = try await concurrently(10, width: 10) { _ in
            try await run.append(#"{"n":1}"#, ["idempotency-key": "same"])
        }
        for reply in replies { #expect(try reply.json == ["first": 1, "last": 1, "count": 1]) }
        #expect(try await run.numbers() == [1])
    }

    @Test("A refused request does not use up its Idempotency-Key")
    func refusedIdempotency() async throws {
        let run = ProgressRun(on: try server)
        try expectError(try await run.append("[1]", ["idempotency-key": "k"]), 422)
        #expect(
            try await run.append(#"{"n":1}"#, ["idempotency-key": "k"]).json == ["first": 1, "last": 1, "count": 1])
    }

    // MARK: Refusals

    @Test(
        "What is no JSON object is 422, and nothing of its request is appended",
        arguments: [
            "", "nonsense", "5", "\"text\"", "null", "true", "[1]", "[{\"n\":1},2]", "[{\"n\":1},[]]", "{\"n\":1",
            "[{\"n\":1},]",
            "{\"n\":1}{\"n\":2}", "{'n':1}",
        ])
    func notAnObject(_ body: String) async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...1)
        try expectError(try await run.append(body), 422)
        #expect(try await run.numbers() == [1])
        #expect(try await run.append(#"{"n":2}"#).json["first"] == 2)
    }

    private func event(ofBytes count: Int) -> String { #"{"k":""# + String(repeating: "v", count: count - 8) + #""}"# }

    @Test("An event of 64 KB is kept, a larger one is 413 and leaves the log as it was")
    func eventSize() async throws {
        let run = ProgressRun(on: try server)
        let largest = event(ofBytes: 64_000)
        try requireStatus(try await run.append(largest), 200, 201)
        try expectError(try await run.append(event(ofBytes: 65_537)), 413, code: "entry_too_large")
        try expectError(try await run.append("[{\"n\":1},\(event(ofBytes: 65_537))]"), 413)
        let log = try await run.read()
        #expect(log["count"] == 1)
        #expect(log["last"] == 1)
        #expect(log["events"][0]["event"]["k"].string?.utf8.count == 64_000 - 8)
        // The limit is an event's, not the request's.
        try requireStatus(try await run.append("[\(largest),\(largest)]"), 200, 201)
    }

    @Test("A malformed after or tail is 400", arguments: ["after=x", "after=-1", "tail=x", "tail=-1"])
    func malformedQuery(_ query: String) async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...1)
        try expectError(try await server.get(run.target + "?" + query, ["accept": "application/json"]), 400)
    }

    // MARK: The cap

    @Test("The newest 200 are kept and the rest is counted")
    func cap() async throws {
        let run = ProgressRun(on: try server)
        let before = try await server.get("/v1/stores/progress").json["removed"]["cap"].int ?? 0
        try await run.appendNumbers(1...150)
        #expect(
            try await run.append("[" + (151...205).map { "{\"n\":\($0)}" }.joined(separator: ",") + "]").json == [
                "first": 151, "last": 205, "count": 55,
            ])
        let log = try await run.read()
        #expect(log["first"] == 6)
        #expect(log["last"] == 205)
        #expect(log["count"] == 200)
        #expect(log["dropped"] == 5)
        #expect(log["events"].items.compactMap { $0["seq"].int } == Array(6...205))
        #expect(try await run.numbers() == Array(6...205))
        #expect(try await run.read("after=2")["events"].items.compactMap { $0["seq"].int } == Array(6...205))
        #expect(try await server.get(run.array()).json.items.compactMap { $0["n"].int } == Array(6...205))
        #expect(try await server.get("/v1/stores/progress").json["removed"]["cap"].int ?? 0 >= before + 5)
    }

    @Test("One request may bring more than the cap keeps")
    func largeBatch() async throws {
        let run = ProgressRun(on: try server)
        #expect(
            try await run.append("[" + (1...450).map { "{\"n\":\($0)}" }.joined(separator: ",") + "]").json == [
                "first": 1, "last": 450, "count": 450,
            ])
        let log = try await run.read()
        #expect(log["count"] == 200)
        #expect(log["dropped"] == 250)
        #expect(log["first"] == 251)
    }

    // MARK: State

    @Test(
        "An event decides the state",
        arguments: [
            (#"{"agent":"director","status":"running"}"#, "running"),
            (#"{"agent":"director","status":"completed","progress":40}"#, "running"),
            (#"{"agent":"editor","status":"failed"}"#, "running"),
            (#"{"agent":"editor","status":"error","progress":99.5}"#, "running"),
            (#"{"progress":99}"#, "running"),
            (#"{"progress":"100"}"#, "running"),
            (#"{"progress":100}"#, "completed"),
            (#"{"agent":"editor","progress":100.0}"#, "completed"),
            (#"{"progress":120}"#, "completed"),
            (#"{"agent":"completed","status":"completed"}"#, "completed"),
            (#"{"agent":"pipeline","status":"completed"}"#, "completed"),
            (#"{"agent":"pipeline","status":"running"}"#, "running"),
            (#"{"agent":"system","status":"failed"}"#, "failed"),
            (#"{"agent":"system","status":"error"}"#, "failed"),
            (#"{"agent":"quality_gate","status":"failed","progress":0}"#, "failed"),
            (#"{"agent":"quality_gate","status":"error"}"#, "failed"),
            (#"{"agent":"pipeline","status":"failed"}"#, "failed"),
            (#"{"agent":"pipeline","status":"error"}"#, "failed"),
        ])
    func state(_ event: String, _ expected: String) async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...1)
        try requireStatus(try await run.append(event), 200, 201)
        #expect(try await run.read()["state"].string == expected)
    }

    @Test("A later event reopens a finished run", arguments: [ProgressRun.finished, ProgressRun.failed])
    func reopened(_ end: String) async throws {
        let run = ProgressRun(on: try server)
        try requireStatus(try await run.append(end), 200, 201)
        #expect(try await run.read()["state"].string != "running")
        try requireStatus(try await run.append(#"{"agent":"pipeline","status":"running","progress":1}"#), 200, 201)
        let log = try await run.read()
        #expect(log["state"] == "running")
        #expect(log["last"] == 2)
    }

    // MARK: The list of runs

    @Test("Runs are listed, newest first, by project and state, in pages")
    func list() async throws {
        let server = try server
        let project = Fresh.name("listed-")
        for (index, end) in [
            ProgressRun.finished, ProgressRun.failed,
            #"{"agent":"director","status":"running","progress":20,"message":"At work"}"#,
        ]
        .enumerated() {
            let run = ProgressRun(on: server, project: project, run: "r\(index)")
            try requireStatus(
                try await run.append(#"{"agent":"system","status":"running","progress":1,"message":"Awake"}"#), 200, 201
            )
            try requireStatus(try await run.append(end), 200, 201)
            // A time of its own for each run, so that the order is certain.
            let time = try await run.read()["events"][1]["receivedAt"].string ?? ""
            #expect(
                try await eventually {
                    let probe = ProgressRun(on: server, project: Fresh.name("clock-"))
                    try await probe.append("{}")
                    return try await probe.read()["events"][0]["receivedAt"].string ?? "" > time
                })
        }
        let runs = try await server.get("/v1/progress?project=\(project)").json["runs"].items
        try #require(runs.map { $0["run"].string } == ["r2", "r1", "r0"])
        #expect(runs.map { $0["state"].string } == ["running", "failed", "completed"])
        for run in runs {
            #expect(run["project"].string == project)
            #expect(run["first"] == 1)
            #expect(run["last"] == 2)
            #expect(run["count"] == 2)
            #expect((run["startedAt"].string ?? "") <= (run["updatedAt"].string ?? ""))
            #expect(run["startedAt"].string?.wholeMatch(of: /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/) != nil)
        }
        #expect(runs[0]["progress"] == 20)
        #expect(runs[0]["message"] == "At work")

        let failed = try await server.get("/v1/progress?project=\(project)&state=failed").json["runs"].items
        #expect(failed.map { $0["run"].string } == ["r1"])

        var paged: [String?] = []
        var cursor: String?
        repeat {
            let page = try await server.get(
                "/v1/progress?project=\(project)&limit=1" + (cursor.map { "&cursor=\($0)" } ?? ""))
            try requireStatus(page, 200)
            let items = try page.json["runs"].items
            #expect(items.count <= 1)
            paged += items.map { $0["run"].string }
            cursor = try page.json["cursor"].string
            try #require(paged.count < 10)
        } while cursor != nil
        #expect(paged == ["r2", "r1", "r0"])
    }

    @Test("Sites do not share runs")
    func sites() async throws {
        let run = ProgressRun(on: try server)
        try requireStatus(
            try await server.send(.POST, run.target + "?site=tenant-a", [:], .text(#"{"n":1}"#)), 200, 201)
        #expect(try await server.get(run.target + "?site=tenant-a", ["accept": "application/json"]).json["count"] == 1)
        let listed = try await server.get("/v1/progress?project=\(run.project)").json["runs"].items
        #expect(listed.isEmpty)
        expectStatus(try await server.get(run.array()), 404)
        expectStatus(try await server.get(Netlify.edge("progress", run.key, site: "tenant-a")), 200)
    }
}
