import Foundation
import LarderTestSupport
import NIOCore
import NIOHTTP1
import Testing

@testable import LarderClient

@Suite("A store")
struct StoreTests {
    @Test("sends an entry with all that goes with it, and reads back what it became")
    func set() async throws {
        try await ScriptedServer.with(.json(Samples.entryJSON(), status: .created)) { server in
            try await server.withClient(token: "secret") { client in
                let entry = try await client.store("runs").set(
                    "a", .text("hello"), contentType: "text/plain", metadata: ["title": "été", "n": 1],
                    ttl: .seconds(7200), condition: .ifMatch("e0")
                )
                let request = try #require(server.requests.first)
                #expect(request.method == .PUT)
                #expect(request.text == "hello")
                #expect(request.headers["content-type"] == ["text/plain"])
                #expect(request.headers["larder-metadata"] == [#"{"n":1,"title":"\u00e9t\u00e9"}"#])
                #expect(request.headers["larder-ttl"] == ["2h"])
                #expect(request.headers["if-match"] == ["\"e0\""])
                #expect(request.headers["authorization"] == ["Bearer secret"])
                #expect(request.headers["content-length"] == ["5"])
                #expect(entry.etag == "\"e1\"")
                #expect(entry.metadata == ["n": 1])
                #expect(ClientJSON.text(entry.createdAt) == "2026-05-10T06:12:47.123Z")
                #expect(entry.expiresAt == nil)
            }
        }
    }

    @Test("asks for a new entry with If-None-Match: *")
    func ifNew() async throws {
        try await ScriptedServer.with(.json(Samples.entryJSON())) { server in
            try await server.withClient { client in
                _ = try await client.store("s").setJSON("a", ["b": 1], condition: .ifNew)
                #expect(server.requests[0].headers["if-none-match"] == ["*"])
                #expect(server.requests[0].headers["content-type"] == ["application/json"])
                #expect(server.requests[0].text == #"{"b":1}"#)
            }
        }
    }

    @Test("sends a stream with its length when that is known, in chunks when not", arguments: [Int64(600_000), nil])
    func stream(length: Int64?) async throws {
        try await ScriptedServer.with(.json(Samples.entryJSON())) { server in
            try await server.withClient { client in
                let stream = AsyncStream<ByteBuffer> { continuation in
                    for _ in 0..<6 { continuation.yield(ByteBuffer(repeating: 7, count: 100_000)) }
                    continuation.finish()
                }
                _ = try await client.store("s").set("a", .stream(stream, length: length))
                let request = try #require(server.requests.first)
                #expect(request.body.readableBytes == 600_000)
                #expect(request.headers["content-length"] == (length.map { ["\($0)"] } ?? []))
                #expect(request.headers["transfer-encoding"] == (length == nil ? ["chunked"] : []))
            }
        }
    }

    @Test("sends a file with its length, and tells how far it is")
    func file() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/up.bin"
        try Data(repeating: 3, count: 700_001).write(to: URL(filePath: path))
        try await ScriptedServer.with(.error(.serviceUnavailable, code: "unavailable"), .json(Samples.entryJSON())) {
            server in
            try await server.withClient { client in
                let sent = Recorder<Int64>()
                _ = try await client.store("s").set("a", .file(path).reporting { sent.add($0) })
                #expect(server.requests.map(\.body.readableBytes) == [700_001, 700_001])
                #expect(server.requests[0].headers["content-length"] == ["700001"])
                #expect(sent.values.last == 700_001)
            }
        }
    }

    @Test("reads an entry with what is known of it")
    func get() async throws {
        try await ScriptedServer.with(Samples.content()) { server in
            try await server.withClient { client in
                let content = try await client.store("s").get("a", verify: true)
                #expect(content.entry.metadata == ["n": 1, "title": "été"])
                #expect(content.entry.storedSize == 4)
                #expect(content.range == nil)
                #expect(String(buffer: try await content.body.collect(upTo: 5)) == "hello")
            }
        }
    }

    @Test("refuses content that isn't what was written, when asked to look")
    func verify() async throws {
        try await ScriptedServer.with(Samples.content("hellO")) { server in
            try await server.withClient { client in
                let content = try await client.store("s").get("a", verify: true)
                #expect(
                    await #expect(throws: LarderClientError.self) { try await content.body.collect(upTo: 5) }?.code
                        == .corruptEntry)
                let unverified = try await client.store("s").get("a")
                #expect(String(buffer: try await unverified.body.collect(upTo: 5)) == "hellO")
            }
        }
    }

    @Test("collects no more than allowed")
    func collectLimit() async throws {
        try await ScriptedServer.with(Samples.content()) { server in
            try await server.withClient { client in
                let content = try await client.store("s").get("a")
                #expect(
                    await #expect(throws: LarderClientError.self) { try await content.body.collect(upTo: 4) }?.code
                        == .entryTooLarge)
            }
        }
    }

    @Test(
        "asks for a range",
        arguments: [
            (ReadRange.bytes(2..<4), "bytes=2-3"), (.from(2), "bytes=2-"), (.last(2), "bytes=-2"),
            (.bytes(2..<2), "bytes=2-2"),
        ])
    func range(range: ReadRange, header: String) async throws {
        var answer = Samples.content("ll")
        answer.status = .partialContent
        answer.headers.add(name: "content-range", value: "bytes 2-3/5")
        try await ScriptedServer.with(answer) { server in
            try await server.withClient { client in
                // Verification has nothing to compare a part with.
                let content = try await client.store("s").get("a", range: range, verify: true)
                #expect(server.requests[0].headers["range"] == [header])
                #expect(content.range == 2..<4)
                #expect(content.entry.size == 5)
                #expect(String(buffer: try await content.body.collect(upTo: 5)) == "ll")
            }
        }
    }

    @Test("gives nothing when the caller has it already")
    func notModified() async throws {
        try await ScriptedServer.with(ScriptedAnswer(status: .notModified, headers: Samples.entryHeaders)) { server in
            try await server.withClient { client in
                let content = try await client.store("s").get("a", ifNoneMatch: "\"e1\"")
                #expect(content == nil)
                #expect(server.requests[0].headers["if-none-match"] == ["\"e1\""])
            }
        }
    }

    @Test("decodes JSON, and says so when it can't")
    func json() async throws {
        try await ScriptedServer.with(Samples.content(#"{"b":[1,2]}"#)) { server in
            try await server.withClient { client in
                let (value, entry) = try await client.store("s").getJSON("a", as: [String: [Int]].self)
                #expect(value == ["b": [1, 2]])
                #expect(entry.etag == "\"e1\"")
                #expect(
                    await #expect(throws: LarderClientError.self) {
                        try await client.store("s").getJSON("a", as: [Int].self)
                    }?.code == .notJSON)
            }
        }
    }

    @Test("patches with a merge patch")
    func patch() async throws {
        try await ScriptedServer.with(.json(Samples.entryJSON())) { server in
            try await server.withClient { client in
                _ = try await client.store("s").patch(
                    "a", ["gone": nil, "b": 2] as JSONValue, condition: .ifMatch("*"))
                let request = try #require(server.requests.first)
                #expect(request.method == .PATCH)
                #expect(request.headers["content-type"] == ["application/merge-patch+json"])
                #expect(request.headers["if-match"] == ["*"])
                #expect(request.text == #"{"b":2,"gone":null}"#)
            }
        }
    }

    @Test("never takes an empty key or prefix for everything")
    func emptyNames() async throws {
        try await ScriptedServer.with(.json(#"{"deleted":3}"#)) { server in
            try await server.withClient { client in
                await #expect(throws: LarderClientError.self) { try await client.store("s").delete("") }
                await #expect(throws: LarderClientError.self) { try await client.store("s").delete(prefix: "") }
                #expect(server.requests.isEmpty)
                let deleted = try await [client.store("s").delete(prefix: "a/b&"), client.store("s").deleteAll()]
                #expect(deleted == [3, 3])
                #expect(
                    server.requests.map(\.target) == [
                        "/v1/stores/s/entries?prefix=a%2Fb%26", "/v1/stores/s/entries?prefix=&all=true",
                    ])
            }
        }
    }

    @Test("lists page after page, as they are taken")
    func list() async throws {
        let first =
            #"{"entries":[\#(Samples.entryJSON("a")),\#(Samples.entryJSON("b"))],"directories":["d"],"cursor":"c 1"}"#
        let second = #"{"entries":[\#(Samples.entryJSON("e"))],"directories":[]}"#
        try await ScriptedServer.with(.json(first), .json(second)) { server in
            try await server.withClient { client in
                var keys: [String] = []
                for try await entry in client.store("s").list(prefix: "x/", delimiter: "/") { keys.append(entry.key) }
                #expect(keys == ["a", "b", "e"])
                #expect(
                    server.requests.map(\.target) == [
                        "/v1/stores/s/entries?prefix=x%2F&delimiter=%2F&metadata=true&limit=1000",
                        "/v1/stores/s/entries?prefix=x%2F&delimiter=%2F&metadata=true&limit=1000&cursor=c%201",
                    ])
            }
        }
    }

    @Test("lists no more than asked for")
    func listLimit() async throws {
        let page = #"{"entries":[\#(Samples.entryJSON("a")),\#(Samples.entryJSON("b"))],"directories":[],"cursor":"c"}"#
        try await ScriptedServer.with(.json(page)) { server in
            try await server.withClient { client in
                var count = 0
                for try await _ in client.store("s").list(order: .newest, limit: 4) { count += 1 }
                #expect(count == 4)
                #expect(
                    server.requests.map(\.target) == [
                        "/v1/stores/s/entries?order=newest&metadata=true&limit=4",
                        "/v1/stores/s/entries?order=newest&metadata=true&limit=2&cursor=c",
                    ])
            }
        }
    }

    @Test("tells what it holds")
    func info() async throws {
        let store =
            #"""
            {"name":"runs","policy":"runs","entries":2,"bytes":10,"storedBytes":8,"removed":{"cap":1,"cleanup":2,\#
            "expired":3}}
            """#
        try await ScriptedServer.with(.json(#"{"stores":[\#(store)]}"#), .json(store)) { server in
            try await server.withClient { client in
                let stores = try await client.stores()
                #expect(stores.map(\.name) == ["runs"])
                #expect(try await client.storeInfo("runs") == stores.first)
                #expect(server.requests.map(\.target) == ["/v1/stores", "/v1/stores/runs"])
            }
        }
    }
}
