import Foundation
import NIOHTTP1
import Testing

@Suite("KV: many at once", .server)
struct KVBulkTests {
    @Test("Pairs are written all at once, with all that a pair may say, and read and removed together")
    func life() async throws {
        let space = try await KVSpace.create(on: try server)
        let large = String(repeating: "large é ", count: 20_000)
        let put = try await space.send(
            .PUT, "/bulk",
            """
            [{"key":"a","value":"1","metadata":null,"expiration_ttl":60.0},
             {"key":"/b","value":"AAEC","base64":true,"metadata":{"m":1}}, {"key":"c","value":"{\\"j\\":[1]}"},
             {"key":"d","value":"\(large)"},{"key":"c","value":"{\\"j\\":[2]}","other":[{}]}]
            """)
        expectStatus(put, 200)
        #expect(try put.json["result"] == ["successful_key_count": 5, "unsuccessful_keys": []])
        #expect(try await space.names() == ["/b", "a", "c", "d"])
        #expect(try await server.get(space.value("%2Fb")).body == [0, 1, 2])
        #expect(try await server.get(space.value("d")).text == large)
        let page = try await space.page()["result"]
        #expect(page[1].names == ["name", "expiration", "metadata"] && page[2].names == ["name"])

        let got = try await space.send(.POST, "/bulk/get", #"{"keys":["a","c","none"],"withMetadata":true}"#)
        let values = try got.json["result"]["values"]
        #expect(values["a"]["value"] == "1" && values["a"].names == ["value", "metadata", "expiration"])
        #expect(values["c"] == ["value": "{\"j\":[2]}", "metadata": nil] && values["none"].isNull)
        #expect(values.names == ["a", "c", "none"])
        let json = try await space.send(.POST, "/bulk/get", #"{"keys":["c"],"type":"json"}"#).json
        #expect(json["result"]["values"] == ["c": ["j": [2]]])
        try expectKV(try await space.send(.POST, "/bulk/get", #"{"keys":["d"],"type":"json"}"#), 400, 10029)
        try expectKV(try await space.send(.POST, "/bulk/get", #"{"type":"json"}"#), 400, 10029)
        let hundred = (0...100).map { "\"k\($0)\"" }
        expectStatus(
            try await space.send(.POST, "/bulk/get", "{\"keys\":[\(hundred.dropLast().joined(separator: ","))]}"), 200)
        try expectKV(
            try await space.send(.POST, "/bulk/get", "{\"keys\":[\(hundred.joined(separator: ","))]}"), 400, 10029)

        let gone = try await space.send(.POST, "/bulk/delete", #"["a","/b","none"]"#)
        #expect(try gone.json["result"]["successful_key_count"] == 3)
        expectStatus(try await space.send(.DELETE, "/bulk", #"["c"]"#), 200)
        #expect(try await space.names() == ["d"])
    }

    @Test(
        "What is malformed anywhere changes nothing",
        arguments: [
            ("[{\"key\":\"a\",\"value\":\"1\"},{\"key\":\"b\"}]", 400), ("[{\"key\":\"a\",\"value\":\"1\"},7]", 400),
            ("[{\"key\":\"a\",\"value\":\"1\"}", 400), ("{}", 400), ("", 400),
            ("[{\"key\":\"a\",\"value\":\"1\"},{\"key\":\"..\",\"value\":\"1\"}]", 400),
            ("[{\"key\":\"a\",\"value\":\"1\"},{\"key\":\"b\",\"value\":\"=\",\"base64\":true}]", 400),
            ("[{\"key\":\"a\",\"value\":\"1\"},{\"key\":\"b\",\"value\":\"1\",\"expiration_ttl\":59}]", 400),
            ("[{\"key\":\"a\",\"value\":\"1\"},{\"key\":\"b\",\"value\":1}]", 400),
            (
                "[{\"key\":\"a\",\"value\":\"1\"},{\"key\":\"\(String(repeating: "k", count: 513))\",\"value\":\"1\"}]",
                414
            ),
            (
                "[{\"key\":\"a\",\"value\":\"\(String(repeating: "1", count: 90_000))\"},"
                    + "{\"key\":\"b\",\"value\":\"1\",\"metadata\":\"\(String(repeating: "m", count: 1_023))\"}]", 413
            ),
        ])
    func allOrNone(_ body: String, _ status: Int) async throws {
        let space = try await KVSpace.create(on: try server)
        expectStatus(try await space.send(.PUT, "/bulk", body), status)
        #expect(try await space.names().isEmpty)
    }

    @Test(
        "Malformed lists of keys remove nothing", arguments: ["{}", "[1]", "[\"a\",\"\"]", "[\"a\"", "[\"a\",\"..\"]"])
    func keys(_ body: String) async throws {
        let space = try await KVSpace.create(on: try server)
        try await space.put("a", "1")
        expectStatus(try await space.send(.POST, "/bulk/delete", body), 400)
        #expect(try await space.names() == ["a"])
    }

    @Test("10,000 pairs are taken in one transaction, and so are as many removals; one more is not")
    func tenThousand() async throws {
        let space = try await KVSpace.create(on: try server)
        let pairs = (0...10_000).map { #"{"key":"key-\#($0)","value":"value \#($0)"}"# }
        let begun = ContinuousClock.now
        let put = try await space.send(.PUT, "/bulk", "[\(pairs.dropLast().joined(separator: ","))]")
        expectStatus(put, 200)
        print("bulk of 10,000: \(ContinuousClock.now - begun)")
        #expect(try await server.get("/v1/stores/\(space.title)").json["entries"] == 10_000)
        #expect(try await server.get(space.value("key-9999")).text == "value 9999")
        try expectKV(try await space.send(.PUT, "/bulk", "[\(pairs.joined(separator: ","))]"), 413, 10024)
        let keys = (0...10_000).map { "\"key-\($0)\"" }
        try expectKV(try await space.send(.POST, "/bulk/delete", "[\(keys.joined(separator: ","))]"), 413, 10024)
        expectStatus(try await space.send(.POST, "/bulk/delete", "[\(keys.dropLast().joined(separator: ","))]"), 200)
        #expect(try await space.names().isEmpty)
    }

    @Test("A body of more than 100 MiB is refused")
    func tooLarge() async throws {
        let space = try await KVSpace.create(on: try server)
        let reply = try await server.send(
            .PUT, space.path + "/bulk", ["content-type": "application/json"],
            .stream(size: 100 << 20 + 1) { _, size in [UInt8](repeating: 32, count: size) })
        try expectKV(reply, 413, 10024)
    }

    @Test("Values of more than 25 MiB together are not read at once")
    func tooMuch() async throws {
        let space = try await KVSpace.create(on: try server)
        let half = [UInt8](repeating: 65, count: 13 << 20)
        for key in ["a", "b"] { expectStatus(try await server.put(space.value(key), half), 200) }
        try expectKV(try await space.send(.POST, "/bulk/get", #"{"keys":["a","b"]}"#), 413, 10024)
        expectStatus(try await space.send(.POST, "/bulk/get", #"{"keys":["a"]}"#), 200)
    }
}
