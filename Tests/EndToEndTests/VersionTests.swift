import Foundation
import NIOHTTP1
import Testing

/// What writes and deletions replaced: on the native face and by commands. `evals` keeps ten of each entry.
@Suite("Versions", .server)
struct VersionTests {
    private func store() -> String { Fresh.name("v") + "-evals" }

    @Test("are listed newest first, are read by their ETag and come back by POST")
    func history() async throws {
        let target = Native.entry(store(), "r/evaluation.json")
        let first = try #require(
            try await server.put(target, "one", ["content-type": "text/css", "larder-metadata": #"{"n":1}"#]).etag)
        let second = try #require(try await server.put(target, "two").etag)
        expectStatus(try await server.put(target, "two"), 200)
        expectStatus(try await server.put(target, "three"), 200)
        let versions = try await server.get(target + "?versions").json["versions"]
        #expect(versions[0]["etag"].string == second && versions[1]["etag"].string == first)
        #expect(versions[1]["size"] == 3 && versions[1]["deleted"].isNull && versions[2].isNull)
        let head = try await server.head(target + "?versions")
        #expect(head.status == 200 && head.body.isEmpty)
        let page = try await server.get(target + "?versions&limit=1").json
        let cursor = try #require(page["cursor"].string)
        let rest = try await server.get(target + "?versions&limit=1&cursor=\(cursor)").json
        #expect(rest["versions"][0]["etag"].string == first && rest["cursor"].isNull)

        for text in [first, first.replacing("\"", with: "")] {
            let query = "?version=" + (text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text)
            let read = try await server.get(target + query)
            expectStatus(read, 200)
            #expect(read.text == "one" && read.etag == first && read.header("content-type") == "text/css")
            #expect(try await server.head(target + query).etag == first)
            let part = try await server.get(target + query, ["range": "bytes=1-1"])
            #expect(part.status == 206 && part.text == "n")
            expectStatus(
                try await server.send(.POST, target + "?restore" + query.dropFirst(8), ["if-none-match": "*"]), 412)
            expectStatus(try await server.send(.POST, target + "?restore" + query.dropFirst(8)), 200)
        }
        let now = try await server.get(target)
        #expect(now.text == "one" && now.etag == first && now.header("larder-metadata") == #"{"n":1}"#)
        let unknown = String(repeating: "0", count: 32)
        expectStatus(try await server.get(target + "?version=\(unknown)"), 404)
        expectStatus(try await server.send(.POST, target + "?restore=\(unknown)"), 404)
        expectStatus(try await server.get(target + "?version=nonsense"), 400)
        expectStatus(try await server.send(.POST, target), 400)
    }

    @Test("hold what any face deleted, and undelete brings it back without touching what is there")
    func undelete() async throws {
        let store = store()
        for key in ["p/a", "p/b", "q"] { expectStatus(try await server.put(Native.entry(store, key), key), 201) }
        expectStatus(try await server.delete(Native.entry(store, "q")), 204)
        expectStatus(try await server.delete(Netlify.edge(store, "p/a")), 204)
        expectStatus(try await server.delete(Native.entries(store) + "?prefix=p/"), 200)
        let listed = try await server.get(Native.entries(store) + "?deleted&prefix=p/").json["deleted"]
        #expect(listed[0]["key"] == "p/a" && listed[1]["key"] == "p/b" && listed[2].isNull)
        #expect(listed[0]["deleted"] == true)
        let summary = try await server.get("/v1/stores/\(store)").json
        #expect(summary["entries"] == 0 && summary["bytes"] == 0)

        expectStatus(try await server.put(Native.entry(store, "p/b"), "again"), 201)
        let server = try server
        let dry = try await server.command("undelete", store, "--prefix", "p/", "--since", "1h", "--dry-run", "--json")
        #expect(try JSON(dry.output)["restored"] == ["p/a"])
        expectStatus(try await server.get(Native.entry(store, "p/a")), 404)
        let done = try await server.command("undelete", store, "--prefix", "p/", "--since", "1h")
        #expect(done.ending == .exit(0) && done.output.contains("1 entry came back"), "\(done)")
        #expect(try await server.get(Native.entry(store, "p/a")).text == "p/a")
        #expect(try await server.get(Native.entry(store, "p/b")).text == "again")
        #expect(try await server.command("undelete", store, "q").ending == .exit(0))
        #expect(try await server.get(Native.entry(store, "q")).text == "q")
        #expect(try await server.command("undelete", store, "q").ending == .exit(1))
        #expect(try await server.command("undelete", store, "never").ending == .exit(3))
    }

    @Test("are shown by history, and read by get --version")
    func commands() async throws {
        let store = store(), server = try server
        let first = try #require(try await server.put(Native.entry(store, "k"), "old").etag)
        expectStatus(try await server.put(Native.entry(store, "k"), "new"), 200)
        let json = try JSON(try await server.command("history", store, "k", "--json").output)
        #expect(json["versions"][0]["etag"].string == first && json["versions"][1].isNull)
        let table = try await server.command("history", store, "k")
        #expect(table.output.contains(first) && table.output.contains("write"), "\(table)")
        #expect(try await server.command("get", store, "k", "--version", first).output == "old")
        #expect(try await server.command("history", store, "none").ending == .exit(3))
    }

    @Test("hold what Cloudflare's API overwrote and deleted")
    func keyValue() async throws {
        let server = try server, title = store()
        let space = try await KVSpace.create(on: server, title)
        for content in ["one", "two"] { expectStatus(try await space.put("k", content), 200) }
        expectStatus(try await server.delete(space.value("k")), 200)
        let versions = try await server.get(Native.entry(title, "k") + "?versions").json["versions"]
        #expect(versions[0]["deleted"] == true && versions[1]["deleted"].isNull && versions[2].isNull)
        #expect(try await server.command("undelete", title, "k").ending == .exit(0))
        #expect(try await server.get(space.value("k")).text == "two")
    }

    @Test("take a token, and to restore one that may write: a signed URL opens the current content only")
    func signed() async throws {
        let server = try server, store = store()
        let old = try #require(try await server.put(Native.entry(store, "k"), "old").etag?.replacing("\"", with: ""))
        expectStatus(try await server.put(Native.entry(store, "k"), "new"), 200)
        let link = try await server.send(.POST, "/v1/sign", [:], .text(#"{"store":"\#(store)","key":"k"}"#))
        let target = try Netlify.target(of: link, at: server)
        #expect(try await server.get(target, as: .nobody).text == "new")
        for query in ["&versions", "&version=\(old)"] {
            expectStatus(try await server.get(target + query, as: .nobody), 403)
        }
        let made = try await server.send(.POST, "/v1/admin/tokens", [:], .text(#"{"scopes":["read"]}"#))
        let reader = Credential.bearer(try #require(try made.json["token"].string))
        expectStatus(try await server.get(Native.entry(store, "k") + "?version=\(old)", as: reader), 200)
        expectStatus(try await server.send(.POST, Native.entry(store, "k") + "?restore=\(old)", as: reader), 403)
    }

    @Test("are none in a store whose policy says nothing of them")
    func off() async throws {
        let target = Native.entry(Fresh.store(), "k")
        for text in ["a", "b"] { _ = try await server.put(target, text) }
        #expect(try await server.get(target + "?versions").json["versions"] == [])
    }
}
