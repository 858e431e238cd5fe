import NIOHTTP1
import Testing

/// Replies to idempotency keys are kept for a day, within a bound that no ordinary client meets.
@Suite("Strangers: idempotency keys", .server)
struct IdempotencyTests {
    @Test("A key is still known behind 1,200 others")
    func many() async throws {
        let server = try server
        let run = ProgressRun(on: server)
        let first = try await run.append(#"{"n":0}"#, ["idempotency-key": "KEY"]).json
        // A few connections, each with many requests: it is the keys that count.
        _ = try await concurrently(6, width: 6) { worker in
            try await Wire.connect(to: try server.port) { connection in
                for number in 0..<200 {
                    let request = try server.request(
                        .POST, run.target, ["idempotency-key": "\(worker)-\(number)"], .text("{}"))
                    try requireStatus(try await connection.send(request), 200)
                }
            }
        }
        #expect(try await run.read("tail=1")["last"] == 1_201)
        #expect(try await run.append(#"{"n":0}"#, ["idempotency-key": "KEY"]).json == first)
        #expect(try await run.read("tail=1")["last"] == 1_201)
    }

    /// Decision F.
    @Test(
        "The same key with another body is 422 and appends nothing",
        arguments: [#"{"n":2}"#, #"{"n": 1}"#, #"[{"n":1}]"#, #"{"n":1} "#, #"{"n":1.0}"#, "[]"])
    func mismatch(_ other: String) async throws {
        let run = ProgressRun(on: try server)
        let first = try await run.append(#"{"n":1}"#, ["idempotency-key": "k"])
        expectStatus(first, 200)
        try expectError(try await run.append(other, ["idempotency-key": "k"]), 422, code: "idempotency_mismatch")
        #expect(try await run.numbers() == [1])
        // The first body still gets the first reply.
        #expect(try await run.append(#"{"n":1}"#, ["idempotency-key": "k"]).json == first.json)
        #expect(try await run.numbers() == [1])
    }

    @Test("The body counts as it is once Content-Encoding is undone")
    func gzip() async throws {
        let run = ProgressRun(on: try server)
        let body = bytes(#"{"n":1}"#)
        for _ in 0..<2 {
            expectStatus(try await run.append(#"{"n":1}"#, ["idempotency-key": "k"]), 200)
            let reply = try await server.send(
                .POST, run.target, ["idempotency-key": "k", "content-encoding": "gzip"], .bytes(try Bytes.gzip(body)))
            expectStatus(reply, 200)
        }
        #expect(try await run.numbers() == [1])
    }

    @Test("A key whose append was refused is free")
    func refused() async throws {
        let run = ProgressRun(on: try server)
        try expectError(try await run.append("[1]", ["idempotency-key": "k"]), 422, code: "not_json")
        expectStatus(try await run.append(#"{"n":1}"#, ["idempotency-key": "k"]), 200)
        #expect(try await run.numbers() == [1])
    }

    @Test("Two runs may use one key for two bodies")
    func otherRun() async throws {
        for number in 1...2 {
            let run = ProgressRun(on: try server)
            expectStatus(try await run.append(#"{"n":\#(number)}"#, ["idempotency-key": "k"]), 200)
        }
    }
}

@Suite("Strangers: idempotency keys over a restart", .ownServers)
struct IdempotencyRestartTests {
    @Test("A reply, and what its body was, are known for a day, also after a restart")
    func restart() async throws {
        try await LarderProcess.with { server in
            let run = ProgressRun(on: server)
            let first = try await run.append(#"{"n":1}"#, ["idempotency-key": "k"]).json
            try await server.restart(clock: "23h")
            #expect(try await run.append(#"{"n":1}"#, ["idempotency-key": "k"]).json == first)
            try expectError(
                try await run.append(#"{"n":2}"#, ["idempotency-key": "k"]), 422, code: "idempotency_mismatch")
            try await server.restart(clock: "25h")
            expectStatus(try await run.append(#"{"n":2}"#, ["idempotency-key": "k"]), 200)
            #expect(try await run.numbers() == [1, 2])
        }
    }
}
