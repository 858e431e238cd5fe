import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import LarderClient

@Suite("Errors")
struct ErrorMappingTests {
    @Test(
        "say what the server's document says",
        arguments: [
            (404, "not_found"), (412, "precondition_failed"), (413, "entry_too_large"), (500, "corrupt_entry"),
            (418, "a_new_code"),
        ])
    func document(status: Int, code: String) async throws {
        try await ScriptedServer.with(.error(.init(statusCode: status), code: code, message: "what happened")) {
            server in
            try await server.withClient { client in
                let error = await #expect(throws: LarderClientError.self) { try await client.store("s").get("a") }
                #expect(error?.code.rawValue == code)
                #expect(error?.message == "what happened")
                #expect(error?.status == status)
            }
        }
    }

    @Test(
        "go by the status when there is no document",
        arguments: [(401, LarderClientError.Code.unauthorized), (403, .forbidden), (404, .notFound), (507, .diskFull)])
    func head(status: Int, code: LarderClientError.Code) async throws {
        try await ScriptedServer.with(ScriptedAnswer(status: .init(statusCode: status))) { server in
            try await server.withClient { client in
                let error = await #expect(throws: LarderClientError.self) { try await client.store("s").stat("a") }
                #expect(error?.code == code)
                #expect(server.requests.map(\.method) == [.HEAD])
            }
        }
    }

    @Test("tell a server that isn't there")
    func unreachable() async throws {
        // Nothing listens on port 1; a free port could be another test's a moment later.
        try await LarderClient.withClient(url: "http://127.0.0.1:1") { client in
            let error = await #expect(throws: LarderClientError.self) { try await client.stores() }
            #expect(error?.code == .unreachable)
            #expect(error?.status == nil)
        }
    }

    @Test("tell an answer that breaks off")
    func cut() async throws {
        try await ScriptedServer.with(Samples.content("he", isCut: true)) { server in
            try await server.withClient { client in
                let content = try await client.store("s").get("a")
                let error = await #expect(throws: LarderClientError.self) { try await content.body.collect(upTo: 100) }
                #expect(error?.code == .connectionLost)
            }
        }
    }

    @Test("tell an answer that isn't a Larder server's")
    func otherServer() async throws {
        try await ScriptedServer.with(ScriptedAnswer(body: Array("<html>".utf8))) { server in
            try await server.withClient { client in
                #expect(
                    await #expect(throws: LarderClientError.self) { try await client.store("s").get("a") }?.code
                        == .invalidResponse)
                #expect(
                    await #expect(throws: LarderClientError.self) { try await client.stores() }?.code
                        == .invalidResponse)
            }
        }
    }

    @Test(
        "refuse a URL that is none",
        arguments: ["", "127.0.0.1:7373", "ftp://h", "http://", "http://h?x=1", "http://u:p@h"])
    func badURL(url: String) async {
        #expect(
            await #expect(throws: LarderClientError.self) { try await LarderClient.withClient(url: url) { _ in } }?.code
                == .invalidArgument)
    }

    @Test("of a body's own sequence come through unchanged")
    func bodyError() async throws {
        struct Broken: Error {}
        try await ScriptedServer.with(.json(Samples.entryJSON())) { server in
            try await server.withClient { client in
                let stream = AsyncThrowingStream<ByteBuffer, any Error> { $0.finish(throwing: Broken()) }
                await #expect(throws: Broken.self) { try await client.store("s").set("a", .stream(stream)) }
            }
        }
    }
}
