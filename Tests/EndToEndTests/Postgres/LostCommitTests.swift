import PostgresTestSupport
import Testing

@Suite("When the answer to a COMMIT is lost", .ownServers)
struct LostCommitTests {
    /// Runs `body` with a server that reaches its database through a proxy.
    private static func withProxy(_ body: (LarderProcess, TCPProxy) async throws -> Void) async throws {
        try await withSchema { postgres, schema in
            let proxy = try TCPProxy(to: postgres.port)
            defer { proxy.close() }
            let arguments = ["--index", postgres.url(schema: schema, port: proxy.port), "--accept-unsafe"]
            try await LarderProcess.with(arguments) { try await body($0, proxy) }
        }
    }

    /// Goes off at the COMMIT of the transaction that writes this text.
    private static func trap(_ text: String, isPassedOn: Bool, closes: Bool = false) -> TCPProxy.Trap {
        TCPProxy.Trap(
            mark: Array(text.utf8), bytes: Array("COMMIT".utf8) + [0], isPassedOn: isPassedOn, closes: closes)
    }

    @Test(
        "A write is answered with yes, and has happened once, whether the COMMIT had come through or not",
        arguments: [true, false])
    func found(_ isPassedOn: Bool) async throws {
        try await Self.withProxy { server, proxy in
            let run = ProgressRun(on: server)
            try await run.appendNumbers(1...2)
            proxy.set(Self.trap("lost-one", isPassedOn: isPassedOn))
            try requireStatus(try await run.append(#"{"n":3,"text":"lost-one"}"#), 200)
            #expect(proxy.sprung == 1)
            #expect(try await run.numbers() == [1, 2, 3])

            proxy.set(Self.trap("lost-two", isPassedOn: isPassedOn))
            try requireStatus(
                try await server.put(Native.entry("things", "k"), "lost-two", ["if-none-match": "*"]), 201)
            #expect(proxy.sprung == 2)
            #expect(try await server.get(Native.entry("things", "k")).text == "lost-two")
            try await run.appendNumbers(4...4)
            #expect(try await run.numbers() == [1, 2, 3, 4])
        }
    }

    @Test(
        "While the database stays away nobody is told yes or no, and later it is one of them as a whole",
        arguments: [true, false])
    func unknown(_ isPassedOn: Bool) async throws {
        try await Self.withProxy { server, proxy in
            let run = ProgressRun(on: server)
            try await run.appendNumbers(1...2)
            proxy.set(Self.trap("lost-one", isPassedOn: isPassedOn, closes: true))
            let reply = try await run.append(#"{"n":3,"text":"lost-one"}"#)
            try expectError(reply, 503, code: "outcome_unknown")
            #expect(proxy.sprung == 1)
            try expectError(try await server.get(Native.entries("things")), 503, code: "unavailable")

            proxy.open()
            try await server.untilReady()
            #expect(try await run.numbers() == (isPassedOn ? [1, 2, 3] : [1, 2]))
            try await run.appendNumbers(4...4)
            #expect(try await run.numbers() == (isPassedOn ? [1, 2, 3, 4] : [1, 2, 4]))
        }
    }
}
