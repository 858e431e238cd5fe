import NIOHTTP1
import Testing

/// Contract 4.3, «Compatibility»: `/.netlify/functions/progress`, as the old function answered.
@Suite("The progress function", .server)
struct ProgressFunctionTests {
    static let path = "/.netlify/functions/progress"

    private func post(_ body: String) async throws -> Reply {
        try await server.send(.POST, Self.path, ["content-type": "application/json"], .text(body))
    }

    @Test("POST answers what it got and how many there are")
    func post() async throws {
        let run = ProgressRun(on: try server)
        for (index, agent) in ["system", "director"].enumerated() {
            let event = """
                {"projectId":"\(run.project)","runId":"\(run.run)","agent":"\(agent)","status":"running","message":"m","timestamp":"2026-05-10T07:41:12.000Z",\
                "progress":\(index + 1),"metadata":{"step":"s"},"extra":[1]}
                """
            let reply = try await post(event)
            expectStatus(reply, 200, 201)
            #expect(try reply.json.names == ["received", "eventCount", "latest"])
            #expect(try reply.json["received"] == true)
            #expect(try reply.json["eventCount"].int == index + 1)
            #expect(try reply.json["latest"]["agent"].string == agent)
            #expect(try reply.json["latest"]["extra"] == [1])
        }
        let log = try await run.read()
        #expect(log["count"] == 2)
        #expect(log["events"].items.map { $0["event"]["agent"].string } == ["system", "director"])
    }

    @Test("GET answers the events as they are")
    func get() async throws {
        let run = ProgressRun(on: try server)
        try requireStatus(try await run.append(#"[{"agent":"a","n":1.50},{"agent":"b"}]"#), 200, 201)
        let reply = try await server.get("\(Self.path)?projectId=\(run.project)&runId=\(run.run)")
        expectStatus(reply, 200)
        #expect(
            try reply.json == [
                "projectId": .string(run.project), "runId": .string(run.run),
                "events": [["agent": "a", "n": 1.5], ["agent": "b"]], "count": 2,
            ])
        #expect(reply.text.contains(#"{"agent":"a","n":1.50}"#))
    }

    @Test("Without a runId the run is called default")
    func defaultRun() async throws {
        let project = Fresh.name("project-")
        expectStatus(try await post("{\"projectId\":\"\(project)\",\"agent\":\"system\"}"), 200, 201)
        let reply = try await server.get("\(Self.path)?projectId=\(project)")
        #expect(try reply.json["runId"] == "default")
        #expect(try reply.json["count"] == 1)
        #expect(try await ProgressRun(on: try server, project: project, run: "default").read()["count"] == 1)
    }

    @Test(
        "Without projectId or agent it is 400 with the old words",
        arguments: [
            "{}", #"{"agent":"system"}"#, #"{"projectId":"p"}"#, #"{"projectId":"","agent":"system"}"#,
            #"{"projectId":"p","agent":""}"#,
            #"{"projectId":"p","agent":null}"#,
        ])
    func required(_ body: String) async throws {
        let reply = try await post(body)
        expectStatus(reply, 400)
        #expect(try reply.json == ["error": "projectId and agent are required"])
        #expect(reply.header("content-type")?.hasPrefix("application/json") == true)
    }

    @Test("By Accept it is the stream")
    func stream() async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...2)
        try await server.follow("\(Self.path)?projectId=\(run.project)&runId=\(run.run)") { stream in
            expectStatus(stream.head, 200)
            #expect(stream.head.header("content-type")?.hasPrefix("text/event-stream") == true)
            #expect(try await stream.nextEvent()?.event == "connected")
            #expect(try await stream.nextEvent()?.id == "1")
            #expect(try await stream.nextEvent()?.data == #"{"n":2}"#)
            try requireStatus(try await run.append(ProgressRun.finished), 200, 201)
            #expect(try await stream.nextEvent()?.id == "3")
            #expect(try await stream.nextEvent()?.event == "complete")
            #expect(try await stream.next() == nil)
        }
    }

    @Test("A browser's preflight is answered without a token", arguments: ["GET", "POST"])
    func preflight(_ method: String) async throws {
        let reply = try await server.send(
            .OPTIONS, Self.path,
            [
                "origin": "https://app.example", "access-control-request-method": method,
                "access-control-request-headers": "content-type, authorization, last-event-id",
            ],
            as: .nobody)
        expectStatus(reply, 200, 204)
        #expect(["*", "https://app.example"].contains(reply.header("access-control-allow-origin") ?? ""), "\(reply)")
        let methods = reply.header("access-control-allow-methods")?.uppercased() ?? ""
        #expect(methods.contains(method) || methods == "*", "\(reply)")
        let headers = reply.header("access-control-allow-headers")?.lowercased() ?? ""
        #expect(headers.contains("content-type") && headers.contains("authorization"), "\(reply)")
    }

    @Test("Answers to a browser name the origins that may read them", arguments: [HTTPMethod.GET, .POST])
    func crossOrigin(_ method: HTTPMethod) async throws {
        let run = ProgressRun(on: try server)
        try await run.appendNumbers(1...1)
        let body: Request.Body =
            method == .POST
            ? .text("{\"projectId\":\"\(run.project)\",\"runId\":\"\(run.run)\",\"agent\":\"a\"}") : .none
        let target = Self.path + (method == .GET ? "?projectId=\(run.project)&runId=\(run.run)" : "")
        let reply = try await server.send(method, target, ["origin": "https://app.example"], body)
        expectStatus(reply, 200, 201)
        #expect(["*", "https://app.example"].contains(reply.header("access-control-allow-origin") ?? ""), "\(reply)")
    }

    @Test(
        "Nothing of the progress faces is answered without a token but 401",
        arguments: [
            (HTTPMethod.GET, "/v1/progress/p/r"), (.POST, "/v1/progress/p/r"), (.GET, "/v1/progress"),
            (.GET, "/.netlify/functions/progress?projectId=p"),
            (.POST, "/.netlify/functions/progress"),
        ])
    func unauthorized(_ method: HTTPMethod, _ target: String) async throws {
        for accept in ["application/json", "text/event-stream"] {
            for credential in [Credential.nobody, .bearer("wrong")] {
                let body: Request.Body = method == .POST ? .text(#"{"projectId":"p","agent":"a"}"#) : .none
                expectStatus(try await server.send(method, target, ["accept": accept], body, as: credential), 401)
            }
        }
    }

    @Test("It is closed without a token")
    func closed() async throws {
        let run = ProgressRun(on: try server)
        let body = "{\"projectId\":\"\(run.project)\",\"runId\":\"\(run.run)\",\"agent\":\"a\"}"
        expectStatus(try await server.send(.POST, Self.path, [:], .text(body), as: .nobody), 401)
        expectStatus(try await server.get("\(Self.path)?projectId=\(run.project)", as: .nobody), 401)
        expectStatus(try await server.get(run.array()), 404)
    }

    @Test("What is no JSON appends nothing", arguments: ["", "nonsense", "[]", "5"])
    func notJSON(_ body: String) async throws {
        expectStatus(try await post(body), 400, 422)
    }
}
