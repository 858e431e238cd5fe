import NIOHTTP1
import Testing

@testable import LarderClient

@Suite("A run's log")
struct RunLogTests {
    @Test("takes events, each append under a key of its own that its retries share")
    func append() async throws {
        let receipt = ScriptedAnswer.json(#"{"first":3,"last":4,"count":2}"#)
        try await ScriptedServer.with(.error(.serviceUnavailable, code: "unavailable"), receipt) { server in
            try await server.withClient { client in
                let log = client.run("r 1", of: "p/x")
                #expect(
                    try await log.append([["agent": "a"], ["agent": "b"]])
                        == RunLog.Receipt(first: 3, last: 4, count: 2))
                _ = try await log.append(json: Array(#"{"b": 1.50}"#.utf8))
                _ = try await log.append(["a": 1], idempotencyKey: "mine")
                #expect(server.requests.allSatisfy { $0.method == .POST && $0.target == "/v1/progress/p%2Fx/r%201" })
                let keys = server.requests.compactMap { $0.headers.first(name: "idempotency-key") }
                #expect(keys.count == 4 && keys[0] == keys[1] && keys[1] != keys[2] && keys[3] == "mine")
                #expect(server.requests[0].text == #"[{"agent":"a"},{"agent":"b"}]"#)
                #expect(server.requests[2].text == #"{"b": 1.50}"#)
            }
        }
    }

    @Test("is read with its events byte for byte")
    func read() async throws {
        let answer =
            #"""
            {"project":"p","run":"r","state":"running","first":2,"last":3,"count":2,"dropped":1,"events":[{"seq":2,\#
            "receivedAt":"2026-05-10T06:12:47.123Z","event":{"z": 1.50, "a":"\u0041]"}},{"seq":3,\#
            "receivedAt":"2026-05-10T06:12:48.000Z","event":{}}]}
            """#
        try await ScriptedServer.with(.json(answer)) { server in
            try await server.withClient { client in
                let run = try await client.run("r", of: "p").read(after: 1, tail: 5)
                #expect(server.requests[0].target == "/v1/progress/p/r?after=1&tail=5")
                #expect(run.state == .running)
                #expect((run.first, run.last, run.dropped) == (2, 3, 1))
                #expect(run.events.map(\.seq) == [2, 3])
                #expect(String(decoding: run.events[0].json, as: UTF8.self) == #"{"z": 1.50, "a":"\u0041]"}"#)
                #expect(run.events[0].fields["a"] == "A]")
            }
        }
    }

    private func collect(_ follower: RunFollower) async throws -> [RunEvent] {
        var events: [RunEvent] = []
        for try await event in follower { events.append(event) }
        return events
    }

    private func event(_ seq: Int64, _ json: String) -> RunEvent {
        .progress(LoggedEvent(seq: seq, receivedAt: nil, json: Array(json.utf8)))
    }

    private static let connected =
        "retry: 40\nevent: connected\ndata: {\"projectId\":\"p\",\"runId\":\"r\",\"state\":\"running\",\"last\":2}\n\n"
    private static let complete =
        "event: complete\ndata: {\"projectId\":\"p\",\"runId\":\"r\",\"status\":\"completed\"}\n\n"

    @Test("is followed to its end")
    func follow() async throws {
        let text =
            Self.connected
                + """
                event: gap\ndata: {\"after\":3,\"first\":51}\n\nid: 51\nevent: progress\ndata: {\"a\": 1}\n\n: \
                heartbeat\n\n
                """
            + Self.complete
        try await ScriptedServer.with(.events(text)) { server in
            try await server.withClient { client in
                let events = try await collect(client.run("r", of: "p").follow(after: 3))
                #expect(
                    events == [
                        .connected(.running, last: 2), .gap(after: 3, first: 51), event(51, #"{"a": 1}"#),
                        .complete(.completed),
                    ])
                #expect(server.requests.map(\.target) == ["/v1/progress/p/r?after=3"])
                #expect(server.requests[0].headers["accept"] == ["text/event-stream"])
            }
        }
    }

    @Test("comes again from the beginning when the server has another history than before")
    func otherHistory() async throws {
        let text =
            Self.connected + "event: gap\ndata: {\"after\":250,\"first\":1}\n\n"
            + "id: 1\nevent: progress\ndata: {}\n\n" + Self.complete
        try await ScriptedServer.with(.events(text)) { server in
            try await server.withClient { client in
                let events = try await collect(client.run("r", of: "p").follow(after: 250))
                #expect(
                    events == [
                        .connected(.running, last: 2), .gap(after: 250, first: 1), event(1, "{}"),
                        .complete(.completed),
                    ])
            }
        }
    }

    @Test("is taken up again behind the last event, without loss or repeat, after the wait the server asked for")
    func resume() async throws {
        let first = ScriptedAnswer.events(
            Self.connected + "id: 1\nevent: progress\ndata: {}\n\nid: 2\nevent: progress\ndata: {\"ha")
        let busy = ScriptedAnswer.error(.serviceUnavailable, code: "unavailable", retryAfter: "7")
        let second = ScriptedAnswer.events(
            Self.connected + "id: 1\nevent: progress\ndata: {}\n\nid: 2\nevent: progress\ndata: {\"half\":2}\n\n",
            isCut: false)
        let third = ScriptedAnswer.events(Self.connected + Self.complete)
        try await ScriptedServer.with(first, busy, second, third) { server in
            let pauses = Recorder<Duration>()
            try await server.withClient(pauses: pauses) { client in
                let events = try await collect(client.run("r", of: "p").follow())
                let kept = events.filter { if case .interrupted = $0 { false } else { true } }
                #expect(
                    kept == [
                        .connected(.running, last: 2), event(1, "{}"), .connected(.running, last: 2),
                        event(2, #"{"half":2}"#),
                        .connected(.running, last: 2), .complete(.completed),
                    ])
                #expect(events.count - kept.count == 3)
                #expect(server.requests.map { $0.headers.first(name: "last-event-id") } == [nil, "1", "1", "2"])
                #expect(pauses.values.count == 3)
                #expect(pauses.values[0] >= .milliseconds(40) && pauses.values[0] <= .milliseconds(50))
                #expect(pauses.values[1] >= .seconds(7))
            }
        }
    }

    @Test("ends on 204")
    func noContent() async throws {
        try await ScriptedServer.with(
            .events(Self.connected + "id: 1\nevent: progress\ndata: {}\n\n"), ScriptedAnswer(status: .noContent)
        ) {
            server in
            try await server.withClient { client in
                let events = try await collect(client.run("r", of: "p").follow())
                #expect(events.count == 3)
                #expect(server.requests.count == 2)
            }
        }
    }

    @Test(
        "is not followed where the server refuses", arguments: [HTTPResponseStatus.unauthorized, .forbidden, .notFound])
    func refused(status: HTTPResponseStatus) async throws {
        try await ScriptedServer.with(.events(Self.connected), .error(status, code: "no")) { server in
            try await server.withClient { client in
                let error = await #expect(throws: LarderClientError.self) {
                    try await collect(client.run("r", of: "p").follow())
                }
                #expect(error?.status == Int(status.code))
                #expect(server.requests.count == 2)
            }
        }
    }

    @Test("throws at first when nobody is there")
    func unreachable() async throws {
        try await LarderClient.withClient(url: "http://127.0.0.1:1") { client in
            let error = await #expect(throws: LarderClientError.self) {
                try await collect(client.run("r", of: "p").follow())
            }
            #expect(error?.code == .unreachable)
        }
    }

    @Test("waits longer after each failure, up to a limit, and starts afresh with an event")
    func backoff() throws {
        var state = FollowState(.beginning)
        let lost = LarderClientError(.connectionLost, "")
        #expect(state.wait(after: lost, jitter: 0) == nil)
        state.beginConnection()
        #expect((0..<6).map { _ in state.wait(after: lost, jitter: 0) } == [2, 4, 8, 16, 30, 30].map { .seconds($0) })
        _ = try state.take("id: 1\nevent: progress\ndata: {}\n\n".utf8)
        #expect(state.wait(after: lost, jitter: 1) == .milliseconds(2500))
    }
}
