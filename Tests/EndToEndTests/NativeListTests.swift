import Foundation
import Testing

/// Contract 4.2: lists, bulk deletes, stores.
@Suite("Lists and stores of the native face", .server)
struct NativeListTests {
    private func fill(_ store: String, _ keys: [String]) async throws {
        for key in keys { try requireStatus(try await server.put(Native.entry(store, key), key), 201) }
    }

    private func keys(_ store: String, _ query: String = "") async throws -> [String] {
        let page = try await server.get(Native.entries(store, query))
        try requireStatus(page, 200)
        return try page.json["entries"].items.compactMap { $0["key"].string }
    }

    @Test("Prefix and delimiter choose, directories roll up")
    func prefixAndDelimiter() async throws {
        let store = Fresh.store()
        try await fill(store, ["a", "a/1", "a/b/2", "a/b/3", "images/1", "images2/1", "z"])
        #expect(try await keys(store, "prefix=images") == ["images/1", "images2/1"])
        #expect(try await keys(store, "prefix=images/") == ["images/1"])
        let top = try await server.get(Native.entries(store, "delimiter=/")).json
        #expect(top["entries"].items.map { $0["key"].string } == ["a", "z"])
        #expect(top["directories"] == ["a", "images", "images2"])
        let inner = try await server.get(Native.entries(store, "prefix=a%2F&delimiter=%2F")).json
        #expect(inner["entries"].items.map { $0["key"].string } == ["a/1"])
        #expect(inner["directories"] == ["a/b"])
        let flat = try await server.get(Native.entries(store)).json
        #expect(flat["entries"].items.count == 7)
        #expect(flat["directories"].items.isEmpty)
    }

    @Test("An unknown store is an empty page")
    func unknownStore() async throws {
        let page = try await server.get(Native.entries(Fresh.store()))
        expectStatus(page, 200)
        #expect(try page.json["entries"] == [])
        #expect(try page.json["cursor"].isNull)
    }

    @Test(
        "Pages of any size join to the whole list, in each order", arguments: ["key", "newest", "oldest"],
        [1, 3, 7, 1_000])
    func pages(_ order: String, _ limit: Int) async throws {
        let store = Fresh.store()
        let names = ["m", "c", "x", "a", "q", "b", "z", "k"]
        try await fill(store, names)
        var all: [String] = []
        var cursor: String?
        var count = 0
        repeat {
            let query =
                "order=\(order)&limit=\(limit)"
                + (cursor.map { "&cursor=" + ($0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? $0) }
                    ?? "")
            let page = try await server.get(Native.entries(store, query))
            try requireStatus(page, 200)
            let entries = try page.json["entries"].items
            #expect(entries.count <= limit)
            all += entries.compactMap { $0["key"].string }
            cursor = try page.json["cursor"].string
            count += 1
            try #require(count <= 20, "the pages do not end")
        } while cursor != nil
        if order == "key" {
            #expect(all == names.sorted())
        } else {
            // Writes of one millisecond may come in either order; the times must not.
            #expect(Set(all) == Set(names))
            #expect(all.count == names.count)
            let entries = try await server.get(Native.entries(store)).json["entries"].items
            let times = Dictionary(
                uniqueKeysWithValues: entries.compactMap { entry in
                    entry["key"].string.map { ($0, entry["modifiedAt"].string ?? "") }
                })
            let inOrder = all.compactMap { times[$0] }
            #expect(inOrder == (order == "newest" ? inOrder.sorted(by: >) : inOrder.sorted()))
        }
    }

    @Test("A rewritten entry is the newest")
    func newest() async throws {
        let store = Fresh.store()
        try await fill(store, ["a", "b", "c"])
        let first = try await server.get(Native.entries(store)).json["entries"][0]["modifiedAt"].string ?? ""
        // Rewrite until the clock has moved on, so that the order is certain.
        #expect(
            try await eventually {
                let put = try await server.put(Native.entry(store, "a"), "again").json
                let others = try await server.get(Native.entries(store)).json["entries"].items.dropFirst().compactMap {
                    $0["modifiedAt"].string
                }
                return others.allSatisfy { (put["modifiedAt"].string ?? "") > $0 }
                    && (put["modifiedAt"].string ?? "") > first
            })
        #expect(try await keys(store, "order=newest&limit=1") == ["a"])
        #expect(try await keys(store, "order=oldest").last == "a")
    }

    @Test("metadata=true shows the metadata")
    func metadata() async throws {
        let store = Fresh.store()
        try requireStatus(
            try await server.put(Native.entry(store, "k"), "x", ["larder-metadata": #"{"a":{"b":"é"}}"#]), 201)
        #expect(
            try await server.get(Native.entries(store, "metadata=true")).json["entries"][0]["metadata"] == [
                "a": ["b": "é"]
            ])
    }

    @Test("A malformed query is 400", arguments: ["cursor=%21%21", "order=upwards", "limit=x", "limit=-1"])
    func malformed(_ query: String) async throws {
        try expectError(try await server.get(Native.entries(Fresh.store(), query)), 400)
    }

    @Test("No page is larger than 1,000")
    func largestPage() async throws {
        let server = try server
        let store = Fresh.store()
        let replies = try await concurrently(1_005) {
            try await server.put(Native.entry(store, String(format: "%04d", $0)), "x")
        }
        try #require(replies.allSatisfy { $0.status == 201 })
        for query in ["", "limit=1000"] {
            let page = try await server.get(Native.entries(store, query)).json
            #expect(page["entries"].items.count <= 1_000)
            #expect(page["cursor"].string != nil)
        }
        let reply = try await server.delete(Native.entries(store, "prefix=0"))
        expectStatus(reply, 200)
        #expect(try reply.json == ["deleted": 1_000])
        #expect(try await keys(store) == ["1000", "1001", "1002", "1003", "1004"])
    }

    @Test("Deleting a prefix leaves what does not start with it")
    func bulkDelete() async throws {
        let store = Fresh.store()
        try await fill(store, ["images", "images/1", "images/b/2", "images2/1", "a"])
        let reply = try await server.delete(Native.entries(store, "prefix=images/"))
        expectStatus(reply, 200)
        #expect(try reply.json == ["deleted": 2])
        #expect(try await keys(store) == ["a", "images", "images2/1"])
        #expect(try await server.delete(Native.entries(store, "prefix=nothing")).json == ["deleted": 0])
    }

    @Test("Deleting everything needs all=true", arguments: ["", "prefix=", "all=false", "prefix=&all=no"])
    func emptyPrefix(_ query: String) async throws {
        let store = Fresh.store()
        try await fill(store, ["a", "b"])
        try expectError(try await server.delete(Native.entries(store, query)), 400)
        #expect(try await keys(store) == ["a", "b"])
        let reply = try await server.delete(Native.entries(store, "prefix=&all=true"))
        expectStatus(reply, 200)
        #expect(try reply.json == ["deleted": 2])
        #expect(try await keys(store) == [])
    }

    @Test("Stores say what they hold and what holds for them")
    func stores() async throws {
        let store = Fresh.store("runs")
        try requireStatus(
            try await server.put(Native.entry(store, "a"), Bytes.prose(100_000), ["content-type": "text/plain"]), 201)
        try requireStatus(try await server.put(Native.entry(store, "b"), "12345"), 201)
        let all = try await server.get("/v1/stores")
        expectStatus(all, 200)
        let listed = try #require(try all.json["stores"].items.first { $0["name"].string == store }, "\(all)")
        let one = try await server.get("/v1/stores/\(store)")
        expectStatus(one, 200)
        for info in [listed, try one.json] {
            #expect(info["name"].string == store)
            #expect(info["entries"] == 2)
            #expect(info["bytes"] == 100_005)
            #expect((info["storedBytes"].int ?? .max) < 50_000)
            #expect((info["storedBytes"].int ?? 0) > 0)
            #expect(!info["policy"].isNull)
            #expect(info["removed"] == ["cap": 0, "cleanup": 0, "expired": 0])
        }
        try requireStatus(try await server.put(Native.entry(store, "b"), "123"), 200)
        try requireStatus(try await server.delete(Native.entry(store, "a")), 204)
        let after = try await server.get("/v1/stores/\(store)").json
        #expect(after["entries"] == 1)
        #expect(after["bytes"] == 3)
    }
}
