import NIOHTTP1
import Testing

/// Frames of a stream, without what is only there for the connection's sake.
private func events(_ stream: EventStream, _ count: Int) async throws -> [EventStream.Frame] {
    var frames: [EventStream.Frame] = []
    while frames.count < count, let frame = try await stream.nextEvent() { frames.append(frame) }
    return frames
}

/// A page that is left open over a restore brings a number of another history.
@Suite("Strangers: a follower with a number that is none of ours", .server)
struct ForeignNumberTests {
    @Test(
        "One that the run has not reached gets a gap and all that is kept", arguments: ["header", "query", "function"])
    func beyond(_ way: String) async throws {
        let server = try server
        let run = ProgressRun(on: server)
        try await run.appendNumbers(1...3)
        let target =
            switch way {
            case "query": run.target + "?after=99"
            case "function": "/.netlify/functions/progress?projectId=\(run.project)&runId=\(run.run)"
            default: run.target
            }
        try await server.follow(target, way == "query" ? [:] : ["last-event-id": "99"]) { stream in
            let frames = try await events(stream, 5)
            try #require(frames.map(\.event) == ["connected", "gap", "progress", "progress", "progress"])
            #expect(try frames[1].json == ["after": 99, "first": 1])
            #expect(frames.suffix(3).map(\.id) == ["1", "2", "3"])
            try await run.appendNumbers(4...4)
            #expect(try await stream.nextEvent()?.id == "4")
        }
    }

    @Test("A run that nobody has seen yet sends its first events, not only those behind that number")
    func unseen() async throws {
        let run = ProgressRun(on: try server)
        try await run.server.follow(run.target, ["last-event-id": "250"]) { stream in
            let frames = try await events(stream, 2)
            try #require(frames.map(\.event) == ["connected", "gap"])
            #expect(try frames.last?.json == ["after": 250, "first": 1])
            try await run.appendNumbers(1...2)
            #expect(try await stream.nextEvent()?.id == "1")
            #expect(try await stream.nextEvent()?.id == "2")
        }
    }

    @Test("After the cap the gap names the first event that is kept")
    func capped() async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...205)
        try await run.server.follow(run.target, ["last-event-id": "1000"]) { stream in
            let frames = try await events(stream, 3)
            try #require(frames.map(\.event) == ["connected", "gap", "progress"])
            #expect(try frames[1].json == ["after": 1000, "first": 6])
            #expect(frames[2].id == "6")
        }
    }

    @Test("Many runs on one stream: a gap, the events of the runs that were named, and what comes")
    func many() async throws {
        let server = try server
        let one = ProgressRun(on: server), two = ProgressRun(on: server)
        try await one.appendNumbers(1...2)
        let runs = [one, two].map { "\($0.project)/\($0.run)" }.joined(separator: ",")
        try await server.follow("/v1/progress?runs=\(runs)", ["last-event-id": "999999999"]) { stream in
            let frames = try await events(stream, 4)
            try #require(frames.map(\.event) == ["connected", "gap", "progress", "progress"])
            #expect(frames.allSatisfy { $0.id != "999999999" }, "the foreign number came back: \(frames)")
            #expect(try frames[1].json["after"] == 999_999_999)
            #expect(try frames.suffix(2).map { try $0.json["seq"] } == [1, 2])
            try await two.appendNumbers(1...1)
            let live = try #require(try await stream.nextEvent())
            #expect(try live.json["runId"].string == two.run)
        }
    }

    @Test("All runs of a site: what comes from now on comes")
    func all() async throws {
        let server = try server
        let site = Fresh.name("site-")
        try await server.follow("/v1/progress?site=\(site)", ["last-event-id": "999999999"]) { stream in
            #expect(try await stream.nextEvent()?.event == "connected")
            let reply = try await server.send(.POST, "/v1/progress/p/r?site=\(site)", [:], .text(#"{"n":1}"#))
            expectStatus(reply, 200)
            var frame = try #require(try await stream.nextEvent())
            if frame.event == "gap" { frame = try #require(try await stream.nextEvent()) }
            #expect(try frame.event == "progress" && frame.json["seq"] == 1)
        }
    }

    /// Decision C.
    @Test(
        "What is no number at all is a gap from nowhere and all that is kept; never a status that ends an EventSource",
        arguments: ["abc", "undefined", "null", "10000000000000000000000", "-1", "1.5", "1e3", "0x10", "+1", "é"])
    func nonsense(_ value: String) async throws {
        let server = try server
        let run = ProgressRun(on: server)
        try await run.appendNumbers(1...2)
        let function = "/.netlify/functions/progress?projectId=\(run.project)&runId=\(run.run)"
        for target in [run.target, function] {
            try await server.follow(target, ["last-event-id": value]) { stream in
                expectStatus(stream.head, 200)
                let frames = try await events(stream, 4)
                try #require(frames.map(\.event) == ["connected", "gap", "progress", "progress"])
                #expect(try frames[1].json == ["after": nil, "first": 1])
            }
        }
        try await server.follow("/v1/progress?runs=\(run.project)/\(run.run)", ["last-event-id": value]) { stream in
            expectStatus(stream.head, 200)
            let frames = try await events(stream, 4)
            try #require(frames.map(\.event) == ["connected", "gap", "progress", "progress"])
        }
    }

    @Test("Bytes that are no UTF-8 are no number either")
    func noText() async throws {
        let server = try server
        let run = ProgressRun(on: server)
        try requireStatus(try await run.append(ProgressRun.finished), 200)
        let fields = [bytes("Last-Event-ID: caf", 0xE9), bytes("Accept: text/event-stream")]
        let reply = try await server.exchange("GET", run.target, fields)
        #expect(reply.status == 200, "\(reply)")
        #expect(reply.text.contains(#"data: {"after":null,"first":1}"#), "\(reply)")
        #expect(reply.text.contains("event: complete"), "\(reply)")
    }

    @Test(
        "A run that is over says 204 to its last number only; to others a gap, a replay and complete",
        arguments: ["4", "1000000", "abc"])
    func over(_ value: String) async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...2)
        try requireStatus(try await run.append(ProgressRun.finished), 200)
        let stream: KeyValuePairs = ["accept": "text/event-stream", "last-event-id": "3"]
        expectStatus(try await run.server.get(run.target, stream), 204)
        for byQuery in value == "abc" ? [false] : [false, true] {
            let target = run.target + (byQuery ? "?after=\(value)" : "")
            let frames = try await run.server.follow(target, byQuery ? [:] : ["last-event-id": value]) {
                expectStatus($0.head, 200)
                return try await $0.rest().filter { $0.event != nil }
            }
            try #require(frames.map(\.event) == ["connected", "gap", "progress", "progress", "progress", "complete"])
        }
    }

    @Test(
        "What the memory's stream gives as IDs is opaque: any other brings the document", arguments: ["7", "é", "null"])
    func memory(_ value: String) async throws {
        let memory = MemoryProject(on: try server)
        try await memory.record("r")
        try await memory.server.follow(memory.target, ["last-event-id": value]) { stream in
            expectStatus(stream.head, 200)
            let frames = try await events(stream, 2)
            try #require(frames.map(\.event) == ["connected", "memory"])
        }
    }
}

/// RFC 9110 §12.5.1.
@Suite("Strangers: Accept on the paths that stream", .server)
struct AcceptTests {
    /// `{r}` is a run that is over, so that its stream ends.
    static let targets = ["/v1/progress/p/{r}", "/.netlify/functions/progress?projectId=p&runId={r}", "/v1/memory/{r}"]

    private func target(_ template: String) async throws -> String {
        let run = ProgressRun(on: try server, project: "p")
        try requireStatus(try await run.append(ProgressRun.finished), 200)
        return template.replacing("{r}", with: run.run)
    }

    /// The type that an answer begins with.
    private func type(_ target: String, _ fields: [String]) async throws -> String? {
        var request = try server.request(.GET, target)
        for field in fields { request.headers.add(name: "accept", value: field) }
        return try await Wire.connect(to: try server.port) { [request] connection in
            try await connection.open(request).header("content-type")
        }
    }

    @Test(
        "The stream's type in any case, with parameters, among others or in a second field, opens it",
        arguments: targets,
        [
            ["text/event-stream"], ["Text/Event-Stream"], ["TEXT/EVENT-STREAM"], ["text/event-stream;charset=utf-8"],
            ["application/json, text/event-stream"], ["application/json;q=0.5,text/event-stream"],
            ["application/json", "text/event-stream"], ["text/event-stream;q=0.1"], ["text/event-stream; Q=1"],
        ])
    func opens(_ template: String, _ fields: [String]) async throws {
        #expect(try await type(try await target(template), fields) == "text/event-stream")
    }

    @Test(
        "What only looks like it, or says no to it, does not",
        arguments: targets,
        [
            ["application/json, text/event-stream;q=0"], ["text/event-stream;q=0.000"], ["text/event-stream; q=0"],
            ["text/event-streams"], ["x-text/event-stream"], ["application/json;x=\"text/event-stream\""],
            ["text/event-stream-2"], ["application/json"], ["*/*"],
        ])
    func doesNot(_ template: String, _ fields: [String]) async throws {
        #expect(try await type(try await target(template), fields) == "application/json")
    }

    @Test("All runs of the site, in any case")
    func runs() async throws {
        #expect(try await type("/v1/progress", ["Text/Event-Stream"]) == "text/event-stream")
        #expect(try await type("/v1/progress", ["text/event-stream;q=0"]) == "application/json")
    }

    @Test("HEAD tells what GET would send")
    func head() async throws {
        let server = try server
        let target = try await target("/v1/progress/p/{r}")
        for (field, type) in [
            ("text/event-stream", "text/event-stream"), ("Text/Event-Stream", "text/event-stream"),
            ("text/event-stream;q=0", "application/json"),
        ] {
            let reply = try await server.head(target, ["accept": field])
            expectStatus(reply, 200)
            #expect(reply.header("content-type") == type && reply.body.isEmpty, "\(field): \(reply)")
        }
    }
}

/// Decision B: `proxy_pass` speaks HTTP/1.0 unless it is told otherwise.
@Suite("Strangers: event streams over HTTP/1.0", .server)
struct OldStreamTests {
    @Test("A run's events come until the end of the connection, without chunks", arguments: [true, false])
    func run(_ isOver: Bool) async throws {
        let server = try server
        let run = ProgressRun(on: server)
        try await run.appendNumbers(1...2)
        if isOver { try requireStatus(try await run.append(ProgressRun.finished), 200) }
        let head =
            "GET \(run.target) HTTP/1.0\r\nAuthorization: Bearer \(try server.token)\r\n"
            + "Accept: text/event-stream\r\n\r\n"
        let reply = try await RawSocket.with(try server.port) { socket in
            try await socket.send(head)
            var text = try await socket.read(through: "id: 2\n")
            if !isOver { try requireStatus(try await run.append(ProgressRun.finished), 200) }
            text += try await socket.readToEnd()
            return RawReply(bytes(text))
        }
        #expect(reply.status == 200, "\(reply)")
        #expect(!reply.head.lowercased().contains("transfer-encoding"), "\(reply)")
        let expected = #"id: 2\#nevent: progress\#ndata: {"n":2}\#n\#nid: 3\#nevent: progress\#ndata: "#
        #expect(reply.text.contains(expected), "\(reply)")
        #expect(reply.text.hasSuffix("\"status\":\"completed\"}\n\n"), "\(reply)")
        #expect(!reply.text.contains("\r"), "chunks: \(reply)")
    }

    @Test("Many runs and a memory, too", arguments: ["runs", "memory"])
    func others(_ what: String) async throws {
        let server = try server
        let memory = MemoryProject(on: server), run = ProgressRun(on: server)
        try await memory.record("r")
        try await run.appendNumbers(1...1)
        try await follow(
            what == "runs" ? "/v1/progress?runs=\(run.project)/\(run.run)" : memory.target,
            to: what == "runs" ? #""event":{"n":1}}"# : "event: memory\ndata: ", on: server)
    }

    @Test("A job, too")
    func job() async throws {
        // One of its own: a job of a server that tests share would be in their way.
        try await LarderProcess.with { server in
            let job = try await server.finish(try await server.begin("cleanup", #"{"dryRun":true}"#))
            try await follow(
                "/v1/admin/jobs/\(try #require(job["id"].string))", to: "event: ended\ndata: ", on: server)
        }
    }

    private func follow(_ target: String, to mark: String, on server: LarderProcess) async throws {
        let head =
            "GET \(target) HTTP/1.0\r\nAuthorization: Bearer \(try server.token)\r\n"
            + "Accept: text/event-stream\r\n\r\n"
        let reply = try await RawSocket.with(try server.port) { socket in
            try await socket.send(head)
            return RawReply(bytes(try await socket.read(through: mark)))
        }
        #expect(reply.status == 200 && reply.text.hasSuffix(mark), "\(reply)")
        #expect(!reply.head.lowercased().contains("transfer-encoding"), "\(reply)")
        #expect(!reply.text.contains("\r"), "chunks: \(reply)")
    }
}

/// Decision I.
@Suite("Strangers: names with commas on the stream of many runs", .server)
struct RunFieldTests {
    @Test("?run= names one run, may be repeated, and stands beside ?runs=")
    func commas() async throws {
        let server = try server
        let project = Fresh.name("p-")
        let append = { @Sendable (_ run: String) async throws in
            let reply = try await server.send(.POST, "/v1/progress/\(project)/\(run)", [:], .text(#"{"n":1}"#))
            expectStatus(reply, 200)
        }
        for run in ["a%2Cb", "%2C", "plain", "a", "b"] { try await append(run) }
        let target =
            "/v1/progress?run=\(project)/a%2Cb&run=\(project)/%2C&runs=\(project)/plain"
        try await server.follow(target) { stream in
            #expect(try await stream.nextEvent()?.event == "connected")
            var seen: [String?] = []
            for _ in 0..<3 { seen.append(try await stream.nextEvent()?.json["runId"].string) }
            #expect(Set(seen) == ["a,b", ",", "plain"])
            try await append("b")
            try await append("a%2Cb")
            #expect(try await stream.nextEvent()?.json["runId"].string == "a,b")
        }
    }

    @Test("What names no run is 400", arguments: ["run=a", "run=a/b/c", "run=/b", "run=a/", "runs=a"])
    func refused(_ query: String) async throws {
        expectStatus(try await server.opens("/v1/progress?\(query)"), 400)
    }
}
