import Foundation
import NIOHTTP1
import Testing

/// Contract 4.1, end: keys are percent-decoded once and are then opaque.
@Suite("Odd keys are stored and listed unchanged", .server)
struct OddKeyTests {
    /// A key on the wire, and what it is.
    struct Key: Sendable, CustomTestStringConvertible {
        let wire: String
        let key: String
        var testDescription: String { wire }

        init(_ wire: String, _ key: String) {
            self.wire = wire
            self.key = key
        }
    }

    static let keys: [Key] = [
        Key("a//b", "a//b"),
        Key("a///", "a///"),
        Key("a/", "a/"),
        Key("a/b/", "a/b/"),
        Key("x/../y", "x/../y"),
        Key("x/%2E%2E/y", "x/../y"),
        Key("%2e%2e/up", "../up"),
        Key("..", ".."),
        Key(".", "."),
        Key("./a", "./a"),
        Key("a%20b", "a b"),
        Key("%20", " "),
        Key("a+b", "a+b"),
        Key("Screenshot%202026-05-10%20at%207.41.12%E2%80%AFPM.png", "Screenshot 2026-05-10 at 7.41.12\u{202F}PM.png"),
        Key("06:12:47", "06:12:47"),
        Key("site:other/x", "site:other/x"),
        Key("region:eu/x", "region:eu/x"),
        Key("%F0%9F%A6%AD/%F0%9F%91%A9%E2%80%8D%F0%9F%9A%80.txt", "🦭/👩\u{200D}🚀.txt"),
        Key("caf%C3%A9", "caf\u{E9}"),
        Key("cafe%CC%81", "cafe\u{301}"),
        Key("100%25", "100%"),
        Key("100%", "100%"),
        Key("100%%20fog", "100% fog"),
        Key("%zz", "%zz"),
        Key("%4", "%4"),
        Key("%2", "%2"),
        Key("a%2Fb", "a/b"),
        Key("a%252Fb", "a%2Fb"),
        Key("a%3Fb%26c=d%23e", "a?b&c=d#e"),
        Key("a;b,c=d&e@f$g!h*i'(j)~", "a;b,c=d&e@f$g!h*i'(j)~"),
        Key("a%5Cb", "a\\b"),
        Key("%22quoted%22", "\"quoted\""),
        Key("tab%09line%0Aend", "tab\tline\nend"),
        Key("%C2%80%EF%BF%BD", "\u{80}\u{FFFD}"),
        Key("entries/x", "entries/x"),
        Key(String(repeating: "k", count: 600), String(repeating: "k", count: 600)),
        Key(String(repeating: "%C3%A9", count: 300), String(repeating: "é", count: 300)),
    ]

    @Test("Written, read, listed, deleted", arguments: keys, [Face.edge, .native])
    func everywhere(_ key: Key, _ face: Face) async throws {
        let store = Fresh.store()
        let target = face.target(store, key.wire)
        let put = try await server.put(target, "content of \(key.wire)")
        try requireStatus(put, face.created)
        let get = try await server.get(target)
        expectStatus(get, 200)
        #expect(get.text == "content of \(key.wire)")
        expectStatus(try await server.head(target), 200)

        let edge = try await server.get("/default/site:\(store)").json["blobs"].items
        try #require(edge.count == 1)
        #expect(sameBytes(edge[0]["key"].string, key.key), "listed as \(edge[0]["key"])")
        let native = try await server.get(Native.entries(store)).json["entries"].items
        try #require(native.count == 1)
        #expect(sameBytes(native[0]["key"].string, key.key), "listed as \(native[0]["key"])")

        expectStatus(try await server.delete(target), 204)
        expectStatus(try await server.get(target), 404)
        #expect(try await server.get("/default/site:\(store)").json["blobs"].items.isEmpty)
    }

    @Test("Keys that look alike are different entries, and live side by side")
    func sideBySide() async throws {
        let store = Fresh.store()
        let wires = [
            "a", "a/", "a/b", "a//b", "A", "caf%C3%A9", "cafe%CC%81", "a%20b", "a+b", "a%252Fb", "images", "images2",
            "images/2",
        ]
        for wire in wires { try requireStatus(try await server.put(Netlify.edge(store, wire), wire), 200) }
        for wire in wires { #expect(try await server.get(Netlify.edge(store, wire)).text == wire) }
        #expect(try await server.get("/default/site:\(store)").json["blobs"].items.count == wires.count)
        expectStatus(try await server.delete(Netlify.edge(store, "a")), 204)
        expectStatus(try await server.delete(Netlify.edge(store, "images")), 204)
        for wire in wires where wire != "a" && wire != "images" {
            #expect(try await server.get(Netlify.edge(store, wire)).text == wire)
        }
    }

    @Test("A list is in the order of the keys' bytes")
    func order() async throws {
        let store = Fresh.store()
        let keys = ["B", "a", "a b", "a!", "a/b", "a0", "é", "z", "🦭", "\u{FFFD}"]
        for key in keys.reversed() {
            let wire = try #require(key.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
            try requireStatus(try await server.put(Netlify.edge(store, wire), "x"), 200)
        }
        let sorted = keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        #expect(try await server.get(Native.entries(store)).json["entries"].items.map { $0["key"].string } == sorted)
    }

    @Test("Keys that only /v1 takes are written, read, listed and deleted there, and shown by Netlify's lists")
    func nativeOnly() async throws {
        let store = Fresh.store()
        let wires = [
            "/", "//a", "/x", String(repeating: "k", count: 601), String(repeating: "k", count: 1_024), "a%FFb", "%FF",
            String(repeating: "%FF", count: 1_024),
        ]
        for wire in wires { try requireStatus(try await server.put(Native.entry(store, wire), wire), 201) }
        for wire in wires { #expect(try await server.get(Native.entry(store, wire)).text == wire) }
        let listed = try await server.get(Native.entries(store)).json["entries"].items
        #expect(listed.prefix(3).map { $0["key"].string } == ["/", "//a", "/x"])
        #expect(listed.compactMap { $0["keyHex"].string } == ["61ff62", "ff", String(repeating: "ff", count: 1_024)])
        let shown = try await server.get("/default/site:\(store)").json["blobs"].items
        #expect(shown.count == wires.count)
        #expect(shown.contains { $0["key"].string == "a\u{FFFD}b" })
        var paged: [String?] = []
        var cursor = ""
        repeat {
            let page = try await server.get(Native.entries(store, "limit=1&cursor=\(cursor)")).json
            paged += page["entries"].items.map { $0["etag"].string }
            cursor = page["cursor"].string ?? ""
        } while !cursor.isEmpty && paged.count <= wires.count
        #expect(paged == listed.map { $0["etag"].string })
        for wire in wires { expectStatus(try await server.delete(Native.entry(store, wire)), 204) }
        #expect(try await server.get(Native.entries(store)).json["entries"].items.isEmpty)
    }

    @Test("A key of more than 1,024 bytes is 400 on /v1", arguments: ["", String(repeating: "k", count: 1_025)])
    func tooLong(_ wire: String) async throws {
        let store = Fresh.store()
        try expectError(try await server.put(Native.entry(store, wire), "x"), 400)
    }

    @Test(
        "An empty key, one that starts with a slash and one of more than 600 bytes are 400 for the Netlify client",
        arguments: Face.netlify,
        ["", "%2Fx", "/x", String(repeating: "k", count: 601), String(repeating: "%C3%A9", count: 301), "%2F"])
    func refused(_ face: Face, _ wire: String) async throws {
        let store = Fresh.store()
        try expectError(try await server.put(face.target(store, wire), "x"), 400)
        #expect(try await server.get("/default/site:\(store)").json["blobs"].items.isEmpty)
    }

    @Test("A key that is not UTF-8 is refused for the Netlify client, and stores nothing", arguments: Face.netlify)
    func notUTF8(_ face: Face) async throws {
        let store = Fresh.store()
        try expectError(try await server.put(face.target(store, "a%FFb"), "x"), 400)
        #expect(try await server.get("/default/site:\(store)").json["blobs"].items.isEmpty)
    }

    @Test("A store name of more than 64 bytes is 400", arguments: [Face.edge, .native])
    func longStore(_ face: Face) async throws {
        let most = String(repeating: "s", count: 64 - 6) + String(Fresh.name("").suffix(6)).leftPadded(to: 6)
        try requireStatus(try await server.put(face.target(most, "k"), "x"), face.created)
        try expectError(try await server.put(face.target(most + "s", "k"), "x"), 400)
    }

    @Test("A dot segment does not lead out of the store")
    func dotsStayInside() async throws {
        let store = Fresh.store()
        let other = Fresh.store()
        try requireStatus(try await server.put(Netlify.edge(other, "secret"), "secret"), 200)
        expectStatus(try await server.get(Netlify.edge(store, "../site:\(other)/secret")), 404)
        expectStatus(try await server.get(Native.entry(store, "../../\(other)/entries/secret")), 404)
        try requireStatus(try await server.put(Netlify.edge(store, "../../../../etc/passwd"), "mine"), 200)
        let names = try await server.get("/default/site:\(store)").json["blobs"].items.map { $0["key"].string }
        #expect(names == ["../../../../etc/passwd"])
    }
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String { String(repeating: "0", count: max(0, width - count)) + self }
}
