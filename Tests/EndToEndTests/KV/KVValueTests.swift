import Foundation
import NIOHTTP1
import Testing

@Suite("KV: values", .server)
struct KVValueTests {
    @Test("A value is written raw or by a form, read back byte for byte, and is an entry of /v1")
    func writeAndRead() async throws {
        let space = try await KVSpace.create(on: try server)
        let put = try await space.put("a.json", #"{"a":1}"#)
        expectStatus(put, 200)
        #expect(try put.json == ["success": true, "errors": [], "messages": [], "result": [:]])
        let got = try await server.get(space.value("a.json"))
        #expect(got.text == #"{"a":1}"# && got.header("expiration") == nil)
        #expect(try await server.head(space.value("a.json")).body.isEmpty)
        #expect(try await server.get(Native.entry(space.title, "a.json")).header("content-type") == "application/json")

        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        expectStatus(try await server.put(space.value("bytes"), bytes), 200)
        #expect(try await server.get(space.value("bytes")).body == bytes)
        expectStatus(try await space.form("form", [("metadata", #"{"m":[1]}"#), ("value", "\r\n--xy-\r\n")]), 200)
        #expect(try await server.get(space.value("form")).text == "\r\n--xy-\r\n")
        #expect(try await space.metadata("form") == ["m": [1]])
        expectStatus(try await space.form("form", [("value", "v"), ("metadata", "null")]), 200)
        #expect(try await space.page()["result"].items.last?.names == ["name", "metadata"])
        expectStatus(try await space.form("form", [("value", "v"), ("metadata", ""), ("other", "x")]), 200)
        #expect(try await space.page()["result"].items.last?.names == ["name"])

        expectStatus(try await server.delete(space.value("form")), 200)
        expectStatus(try await server.delete(space.value("form")), 200)
        try expectKV(try await server.get(space.value("form")), 404, 10009)
        try expectKV(try await server.get("\(space.path)/metadata/form"), 404, 10009)
        try expectKV(try await server.send(.PATCH, space.value("form")), 405, 7001)
        try expectKV(try await server.get(space.path + "/nothing"), 404, 7003)
        try expectKV(try await server.get("/client/v4/zones"), 404, 7003)
    }

    @Test("A large value streams through a form")
    func largeForm() async throws {
        let space = try await KVSpace.create(on: try server)
        let head = "--xyz\r\nContent-Disposition: form-data; name=\"value\"; filename=\"upload\"\r\n\r\n"
        let content = (0..<(20 << 20)).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8) }
        let body = Array(head.utf8) + content + Array("\r\n--xyz--\r\n".utf8)
        let type: KeyValuePairs = ["content-type": "multipart/form-data; boundary=xyz"]
        expectStatus(try await server.put(space.value("big"), body, type), 200)
        #expect(try await server.get(space.value("big")).body == content)
    }

    @Test(
        "Keys are any text of 512 bytes",
        arguments: [
            "a%2Fb", "a/b", "%2Flead", "/lead", "a//b", "a%20b", "%F0%9F%A6%AD", "100%25", ".a", "...", "a/../b",
            String(repeating: "k", count: 512), String(repeating: "%C3%A9", count: 256),
        ])
    func keys(_ wire: String) async throws {
        let space = try await KVSpace.create(on: try server)
        expectStatus(try await space.put(wire, wire), 200)
        #expect(try await server.get(space.value(wire)).text == wire)
        let name = try #require(wire.removingPercentEncoding)
        #expect(try await space.names() == [name])
        let escaped = try #require(name.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        #expect(try await server.get(space.value(escaped)).text == wire)
        #expect(try await server.get(Native.entry(space.title, wire)).text == wire)
    }

    @Test("Others are refused")
    func refusedKeys() async throws {
        let space = try await KVSpace.create(on: try server)
        for key in [String(repeating: "k", count: 513), String(repeating: "%C3%A9", count: 257)] {
            try expectKV(try await space.put(key, "x"), 414, 10030)
        }
        for key in [".", "..", "%2E", "", "a%FF"] { try expectKV(try await space.put(key, "x"), 400, 10029) }
        #expect(try await space.names().isEmpty)
        try expectKV(try await server.get(KVSpace.root() + "/nonsense/values/a"), 404, 10013)
        try expectKV(try await server.get(KVSpace.root() + "/\(String(repeating: "0", count: 32))/keys"), 404, 10013)
    }

    @Test("Metadata are any JSON of 1,024 bytes; other faces show an object, and replace it")
    func metadata() async throws {
        let space = try await KVSpace.create(on: try server)
        for json in ["null", "0", "false", #""""#, "[]", "{}", #"{"é":[1.50,{"a":null}]}"#] {
            expectStatus(try await space.form("k", [("value", "v"), ("metadata", " \(json)\n")]), 200)
            #expect(try await server.get("\(space.path)/metadata/k").text.contains(#""result":\#(json)"#))
            #expect(try await space.page()["result"][0].names.contains("metadata"))
            let native = try await server.get(Native.entries(space.title, "metadata=true")).json["entries"][0]
            #expect(native["metadata"].isObject)
        }
        let most = "\"" + String(repeating: "x", count: 1_022) + "\""
        expectStatus(try await space.form("k", [("value", "v"), ("metadata", most)]), 200)
        try expectKV(try await space.form("k", [("value", "w"), ("metadata", "\"x" + most.dropFirst())]), 413, 10024)
        try expectKV(try await space.form("k", [("value", "w"), ("metadata", "{")]), 400, 10029)
        try expectKV(try await space.form("k", [("metadata", "1")]), 400, 10029)
        try expectKV(try await space.form("k", [("value", "w"), ("value", "w")]), 400, 10029)
        #expect(try await server.get(space.value("k")).text == "v")
        expectStatus(try await server.put(Native.entry(space.title, "k"), "v", ["larder-metadata": #"{"n":1}"#]), 200)
        #expect(try await space.metadata("k") == ["n": 1])
        expectStatus(try await server.put(Native.entry(space.title, "k"), "v"), 200)
        #expect(try await space.metadata("k").isNull)
    }

    @Test("A value of 25 MiB is taken, one byte more is not, raw or in a form")
    func sizes() async throws {
        let space = try await KVSpace.create(on: try server)
        let most = [UInt8](repeating: 7, count: 25 << 20)
        expectStatus(try await server.put(space.value("k"), most), 200)
        try expectKV(try await server.put(space.value("k"), most + [7]), 413, 10024)
        let head = Array("--xyz\r\nContent-Disposition: form-data; name=\"value\"\r\n\r\n".utf8)
        let type: KeyValuePairs = ["content-type": "multipart/form-data; boundary=xyz"]
        let end = Array("\r\n--xyz--\r\n".utf8)
        expectStatus(try await server.put(space.value("k"), head + most + end, type), 200)
        try expectKV(try await server.put(space.value("k"), head + most + [7] + end, type), 413, 10024)
        #expect(try await server.head(space.value("k")).header("content-length") == "\(25 << 20)")
    }

    @Test("A list has pages of 10 to 1,000, full while there are more, and the cursor is empty with the last key")
    func pages() async throws {
        let space = try await KVSpace.create(on: try server)
        let keys = (0..<25).map { "k\($0 + 10)" }
        for key in keys { try await space.put(key, key) }
        let first = try await space.page("limit=10")
        #expect(first["result"].items.count == 10 && first["result_info"]["count"] == 10)
        let cursor = try #require(first["result_info"]["cursor"].string)
        #expect(!cursor.isEmpty)
        // One behind, and one ahead of where the reader is.
        try await space.put("k10a", "x")
        try await space.put("k20a", "x")
        let second = try await space.page("limit=10&cursor=\(cursor)")
        #expect(
            second["result"].items.map { $0["name"].string } == ["k20", "k20a"] + (21...28).map { "k\($0)" as String? })
        let next = second["result_info"]["cursor"].string ?? ""
        let last = try await space.page("limit=10&cursor=\(next)")
        #expect(last["result"].items.count == 6 && last["result_info"]["cursor"] == "")
        let exact = try await space.page("limit=12&prefix=k1")
        #expect(exact["result"].items.count == 11 && exact["result_info"]["cursor"] == "")
        for query in ["limit=9", "limit=1001", "limit=x", "cursor=%21"] {
            try expectKV(try await server.get("\(space.path)/keys?\(query)"), 400, 10029)
        }
        #expect(try await space.names("limit=1000").count == 27)
    }

    @Test("A key whose rule is a log shows its array and takes writes as merges")
    func logs() async throws {
        let space = try await KVSpace.create(on: try server, Fresh.store("progress"))
        let key = "projects%2Fp%2Fruns%2Fr%2Fprogress.json"
        expectStatus(try await space.put(key, #"[{"n":1}]"#), 200)
        expectStatus(try await space.form(key, [("value", #"[{"n":1},{"n":2}]"#), ("metadata", "{}")]), 200)
        let pair = #"[{"key":"projects/p/runs/r/progress.json","value":"[{\"n\":1},{\"n\":2},{\"n\":3}]"}]"#
        expectStatus(try await space.send(.PUT, "/bulk", pair), 200)
        let array = try await server.get(space.value(key)).json
        #expect(array.items.map { $0["n"].int } == [1, 2, 3])
        try expectKV(try await space.put(key, "{}"), 400, 10029)
    }
}

@Suite("KV: expiry", .ownServers)
struct KVExpiryTests {
    @Test("A value goes at its second, from gets and from lists, which are full all the same")
    func second() async throws {
        try await LarderProcess.with(["--cleanup-every", "off", "--scrub-every", "off"]) { server in
            let space = try await KVSpace.create(on: server)
            for number in 10..<40 {
                let query = number.isMultiple(of: 3) ? "" : "expiration_ttl=\(number.isMultiple(of: 2) ? 60 : 3600)"
                expectStatus(try await space.put("k\(number)", "v", query), 200)
            }
            let now = Int(Date().timeIntervalSince1970)
            expectStatus(try await space.put("at", "v", "expiration=\(now + 200).0"), 200)
            #expect(try await server.get(space.value("at")).header("expiration") == "\(now + 200)")
            // Where both are given the TTL counts.
            expectStatus(try await space.put("both", "v", "expiration=1&expiration_ttl=3600"), 200)
            let both = Int(try await server.get(space.value("both")).header("expiration") ?? "") ?? 0
            #expect(abs(both - now - 3_600) <= 30)
            let shown = try await space.page()["result"].items.first { $0["name"] == "at" }
            #expect(shown?["expiration"].int == now + 200)
            for query in ["expiration_ttl=59", "expiration_ttl=x", "expiration_ttl=60.5", "expiration=\(now + 10)"] {
                try expectKV(try await space.put("no", "v", query), 400, 10029)
            }
            #expect(try await space.names().count == 32)
            try await server.restart(clock: "100s")
            #expect(try await server.get(space.value("k11")).text == "v")
            for key in ["k10", "k14", "k16"] { try expectKV(try await server.get(space.value(key)), 404, 10009) }
            let first = try await space.page("limit=10")
            #expect(first["result"].items.count == 10)
            let cursor = first["result_info"]["cursor"].string ?? ""
            let second = try await space.page("limit=1000&cursor=\(cursor)")
            #expect(second["result"].items.count == 12 && second["result_info"]["cursor"] == "")
            expectStatus(try await server.delete(space.value("k10")), 200)
        }
    }
}
