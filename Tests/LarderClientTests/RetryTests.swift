import NIOCore
import NIOHTTP1
import Testing

@testable import LarderClient

@Suite("Retries")
struct RetryTests {
    @Test("wait longer each time, and at most as often and as long as allowed")
    func backoff() {
        let policy = RetryPolicy(maxAttempts: 4, maxWait: .seconds(2), firstWait: .milliseconds(200))
        let busy = LarderClientError(.unavailable, "", status: 503)
        #expect(policy.wait(after: busy, attempts: 1, waited: .zero, jitter: 0) == .milliseconds(200))
        #expect(policy.wait(after: busy, attempts: 3, waited: .zero, jitter: 1) == .milliseconds(1600))
        #expect(policy.wait(after: busy, attempts: 3, waited: .milliseconds(401), jitter: 1) == nil)
        #expect(policy.wait(after: busy, attempts: 4, waited: .zero, jitter: 0) == nil)
    }

    @Test("never come before the server asked for them, and not when that is too late")
    func retryAfter() {
        let policy = RetryPolicy(maxAttempts: 4, maxWait: .seconds(10))
        let wait = policy.wait(
            after: LarderClientError(.unavailable, "", status: 503, retryAfter: .seconds(3)), attempts: 1,
            waited: .zero, jitter: 1)
        #expect(wait == .seconds(4))
        let late = policy.wait(
            after: LarderClientError(.unavailable, "", status: 503, retryAfter: .seconds(11)), attempts: 1,
            waited: .zero, jitter: 0)
        #expect(late == nil)
    }

    @Test(
        "follow 429 and 503 only, and not a server that needs a restart",
        arguments: [
            (500, "internal_error"), (502, "unavailable"), (404, "not_found"), (503, "read_only"),
            (503, "outcome_unknown"),
        ])
    func others(status: Int, code: String) {
        let error = LarderClientError(.init(rawValue: code), "", status: status)
        #expect(RetryPolicy().wait(after: error, attempts: 1, waited: .zero, jitter: 0) == nil)
    }

    @Test(
        "read Retry-After in seconds and as a date",
        arguments: [("2", Duration.seconds(2)), ("Sun, 10 May 2020 06:12:47 GMT", .zero), ("soon", nil), ("-1", nil)]
            as [(String, Duration?)])
    func header(text: String, expected: Duration?) { #expect(ErrorMapping.retryAfter(text) == expected) }

    @Test("send a body in memory again", arguments: [UInt(429), 503])
    func replay(status: UInt) async throws {
        let busy = ScriptedAnswer.error(.init(statusCode: Int(status)), code: "unavailable", retryAfter: "1")
        try await ScriptedServer.with(busy, busy, .json(Samples.entryJSON())) { server in
            let pauses = Recorder<Duration>()
            try await server.withClient(pauses: pauses) { client in
                _ = try await client.store("s").set("a", .text("hello"))
                #expect(server.requests.map(\.text) == ["hello", "hello", "hello"])
                #expect(pauses.values.count == 2)
                #expect(pauses.values.allSatisfy { $0 >= .seconds(1) && $0 <= .seconds(2) })
            }
        }
    }

    @Test("never send a stream again")
    func stream() async throws {
        try await ScriptedServer.with(.error(.serviceUnavailable, code: "unavailable"), .json(Samples.entryJSON())) {
            server in
            try await server.withClient { client in
                let stream = AsyncStream<ByteBuffer> { continuation in
                    continuation.yield(ByteBuffer(string: "hello"))
                    continuation.finish()
                }
                let error = await #expect(throws: LarderClientError.self) {
                    try await client.store("s").set("a", .stream(stream, length: 5))
                }
                #expect(error?.code == .unavailable)
                #expect(server.requests.count == 1)
            }
        }
    }

    @Test("end, and say what the server said")
    func exhausted() async throws {
        try await ScriptedServer.with(.error(.tooManyRequests, code: "too_many_requests", message: "slowly")) {
            server in
            try await server.withClient(limits: .init(retry: RetryPolicy(maxAttempts: 3))) { client in
                let error = await #expect(throws: LarderClientError.self) { try await client.store("s").stat("a") }
                #expect(error?.code == .tooManyRequests)
                #expect(server.requests.count == 3)
            }
        }
    }
}
