import Foundation
import Testing

/// Contract 4.1: lists of entries and of stores.
@Suite("Lists of the Netlify face", .server)
struct NetlifyListTests {
    /// Every page of a list.
    private func pages(_ target: String) async throws -> [JSON] {
        var pages: [JSON] = []
        var cursor: String?
        repeat {
            let page = try await server.get(
                target + (cursor.map { (target.contains("?") ? "&" : "?") + "cursor=" + Self.encoded($0) } ?? ""))
            try requireStatus(page, 200)
            pages.append(try page.json)
            cursor = try page.json["next_cursor"].string
            try #require(pages.count < 50, "the pages do not end")
        } while cursor != nil
        return pages
    }

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
    }

    private func fill(_ store: String, _ keys: [String]) async throws {
        let server = try server
        let replies = try await concurrently(keys.count) {
            try await server.put(Netlify.edge(store, keys[$0]), keys[$0])
        }
        try #require(replies.allSatisfy { $0.status == 200 })
    }

    private func keys(_ target: String) async throws -> [String] {
        try await pages(target).flatMap { $0["blobs"].items }.compactMap { $0["key"].string }
    }

    @Test("An item has key, size, ETag and time, as GET has them")
    func fields() async throws {
        let store = Fresh.store()
        let before = Date()
        let put = try await server.put(Netlify.edge(store, "a/b.txt"), "12345")
        let page = try await server.get("/default/site:\(store)")
        expectStatus(page, 200)
        #expect(page.header("content-type")?.hasPrefix("application/json") == true)
        let items = try page.json["blobs"].items
        try #require(items.count == 1, "\(page)")
        #expect(items[0]["key"] == "a/b.txt")
        #expect(items[0]["size"] == 5)
        #expect(items[0]["etag"].string == put.etag)
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        let time = try #require(formatter.date(from: items[0]["last_modified"].string ?? ""), "\(page)")
        #expect(abs(time.timeIntervalSince(before)) < 60)
        #expect(try page.json["next_cursor"].isNull)
    }

    @Test(
        "An unknown store is an empty page",
        arguments: ["/default/site:", "/region:eu/default/site:", "/api/v1/blobs/default/site:"])
    func unknownStore(_ start: String) async throws {
        let page = try await server.get(start + Fresh.store())
        expectStatus(page, 200)
        #expect(try page.json["blobs"] == [])
        #expect(try page.json["directories"].items.isEmpty)
        #expect(try page.json["next_cursor"].isNull)
    }

    @Test("A prefix is bytes, not segments")
    func prefix() async throws {
        let store = Fresh.store()
        try await fill(store, ["images/1", "images/2", "images2/1", "image", "other"])
        #expect(try await keys("/default/site:\(store)?prefix=images") == ["images/1", "images/2", "images2/1"])
        #expect(try await keys("/default/site:\(store)?prefix=images%2F") == ["images/1", "images/2"])
        #expect(try await keys("/default/site:\(store)?prefix=nothing") == [])
        #expect(try await keys("/default/site:\(store)?prefix=").count == 5)
    }

    @Test("With directories, what lies deeper rolls up, named from the root without a slash", arguments: ["true"])
    func directories(_ flag: String) async throws {
        let store = Fresh.store()
        try await fill(store, ["top", "a", "a/1", "a/b/2", "a/b/3", "a/c/4", "d/", "e//5"])
        func list(_ prefix: String) async throws -> (keys: Set<String>, directories: [String]) {
            let all = try await pages("/default/site:\(store)?directories=\(flag)&prefix=\(Self.encoded(prefix))")
            let keys = all.flatMap { $0["blobs"].items }.compactMap { $0["key"].string }
            let directories = all.flatMap { $0["directories"].items }.compactMap(\.string)
            #expect(Set(keys).count == keys.count)
            return (Set(keys), directories.sorted())
        }
        var page = try await list("")
        #expect(page.keys == ["top", "a"])
        #expect(page.directories == ["a", "d", "e"])
        page = try await list("a/")
        #expect(page.keys == ["a/1"])
        #expect(page.directories == ["a/b", "a/c"])
        page = try await list("a/b")
        #expect(page.keys == [])
        #expect(page.directories == ["a/b"])
        page = try await list("a/b/")
        #expect(page.keys == ["a/b/2", "a/b/3"])
        #expect(page.directories == [])
        page = try await list("d/")
        #expect(page.keys == ["d/"])
    }

    @Test("Without directories everything is listed flat")
    func flat() async throws {
        let store = Fresh.store()
        try await fill(store, ["a", "a/1", "a/b/2"])
        let page = try await server.get("/default/site:\(store)").json
        #expect(page["blobs"].items.map { $0["key"].string } == ["a", "a/1", "a/b/2"])
        #expect(page["directories"].items.isEmpty)
    }

    @Test("Pages of 1,000 stay right while keys come and go")
    func paging() async throws {
        let server = try server
        let store = Fresh.store()
        let all = (0..<1_150).map { String(format: "k/%05d", $0) }
        try await fill(store, all)

        let first = try await server.get("/default/site:\(store)?prefix=k%2F").json
        let given = first["blobs"].items.compactMap { $0["key"].string }
        #expect(given == Array(all[..<1_000]))
        let cursor = try #require(first["next_cursor"].string)

        // The last key given, one before it and one still to come go away; others come on both sides of the cursor.
        for gone in ["k/00999", "k/00500", "k/01100"] {
            expectStatus(try await server.delete(Netlify.edge(store, gone)), 204)
        }
        try await fill(store, ["k/00000a", "k/01050a", "k/09999"])
        try requireStatus(try await server.put(Netlify.edge(store, "k/01149"), "changed"), 200)

        let second = try await server.get("/default/site:\(store)?prefix=k%2F&cursor=\(Self.encoded(cursor))").json
        let expected = all[1_000...].filter { $0 != "k/01100" } + ["k/01050a", "k/09999"]
        #expect(second["blobs"].items.compactMap { $0["key"].string } == expected.sorted())
        #expect(second["next_cursor"].isNull)

        var deleted = 0
        var more = true
        while more {
            let reply = try await server.delete("/default/site:\(store)")
            try requireStatus(reply, 200)
            let count = try #require(try reply.json["blobs_deleted"].int)
            deleted += count
            let hasMore = try reply.json["has_more"].bool
            try #require(hasMore != nil, "\(reply)")
            more = hasMore == true
            try #require(count > 0 || !more, "has_more without progress")
        }
        #expect(deleted == 1_150)
        #expect(try await keys("/default/site:\(store)") == [])
    }

    @Test("More than 1,000 directories are paged too, none twice and none lost")
    func directoryPages() async throws {
        let store = Fresh.store()
        let names = (0..<1_030).map { String(format: "d%04d", $0) }
        try await fill(store, names.map { $0 + "/x" } + ["d0000/y", "d1029/y"])
        let all = try await pages("/default/site:\(store)?directories=true")
        #expect(all.count >= 2)
        for page in all { #expect(page["blobs"].items.count + page["directories"].items.count <= 1_000) }
        #expect(all.flatMap { $0["directories"].items }.compactMap(\.string) == names)
        #expect(all.allSatisfy { $0["blobs"].items.isEmpty })
    }

    @Test(
        "Stores are listed with their client name",
        arguments: ["/default", "/region:us-east-2/default", "/api/v1/blobs/default"])
    func stores(_ path: String) async throws {
        let one = Fresh.store()
        let two = Fresh.store()
        try await fill(one, ["k"])
        try await fill(two, ["k"])
        let names = try await pages(path + "?prefix=site:").flatMap { $0["stores"].items }.compactMap(\.string)
        #expect(names.contains("site:" + one))
        #expect(names.contains("site:" + two))
        #expect(names.allSatisfy { $0.hasPrefix("site:") })
        #expect(Set(names).count == names.count)
    }

    @Test(
        "Deleting a store takes its entries and no one else's",
        arguments: ["/default/site:", "/region:us-east-2/default/site:", "/api/v1/blobs/default/site:"])
    func deleteStore(_ start: String) async throws {
        let store = Fresh.store("media")
        let sibling = store + "2"
        try await fill(store, ["a", "a/b", "images/1"])
        try await fill(sibling, ["a"])
        let reply = try await server.delete(start + store)
        expectStatus(reply, 200)
        #expect(try reply.json == ["blobs_deleted": 3, "has_more": false])
        expectStatus(try await server.get(Netlify.edge(store, "a")), 404)
        expectStatus(try await server.get(Netlify.edge(store, "a/b")), 404)
        #expect(try await keys("/default/site:\(store)") == [])
        #expect(try await server.get(Netlify.edge(sibling, "a")).text == "a")
        #expect(try await server.delete(start + store).json["blobs_deleted"] == 0)
    }

    @Test("Deleting one key leaves its neighbours")
    func neighbours() async throws {
        let store = Fresh.store()
        try await fill(store, ["a", "a/b", "a/", "ab"])
        expectStatus(try await server.delete(Netlify.edge(store, "a")), 204)
        #expect(try await keys("/default/site:\(store)") == ["a/", "a/b", "ab"])
        expectStatus(try await server.delete(Netlify.edge(store, "a/")), 204)
        #expect(try await keys("/default/site:\(store)") == ["a/b", "ab"])
    }

    @Test("A write is in the list as soon as it is answered, and a delete is out of it")
    func listIsCurrent() async throws {
        let store = Fresh.store()
        for round in 0..<10 {
            let put = try await server.put(Netlify.edge(store, "k"), "\(round)")
            #expect(try await server.get("/default/site:\(store)").json["blobs"][0]["etag"].string == put.etag)
            if round % 3 == 2 {
                expectStatus(try await server.delete(Netlify.edge(store, "k")), 204)
                #expect(try await keys("/default/site:\(store)") == [])
            }
        }
    }

    @Test("A cursor that this server never gave is 400", arguments: ["%21%21", "zzzz"])
    func badCursor(_ cursor: String) async throws {
        let store = Fresh.store()
        try await fill(store, ["k"])
        try expectError(try await server.get("/default/site:\(store)?cursor=\(cursor)"), 400)
    }
}
