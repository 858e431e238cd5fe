import LarderModel
import LarderTestSupport
import Testing

@Suite("A site ID")
struct SiteIDTests {
    @Test(
        "is 1 to 64 of its characters",
        arguments: ["a", "default", "A-Z_0.9", "v2", "V1", "a.", "-", String(repeating: "x", count: 64)])
    func valid(text: String) throws {
        #expect(try SiteID(text).text == text)
    }

    @Test(
        "is refused otherwise",
        arguments: ["", "a b", "a/b", "é", "a:b", "a%", "a\u{0}", String(repeating: "x", count: 65)])
    func invalid(text: String) {
        #expect(throws: LarderError.self) { try SiteID(text) }
    }

    @Test(
        "is none of the words that paths start with",
        arguments: SiteID.reserved.sorted() + [".", "..", ".netlify", ".a"])
    func reserved(text: String) throws {
        let error = try #require(throws: LarderError.self) { try SiteID(text) }
        #expect(error.code == .invalidSite)
        #expect(error.message.contains("reserved"))
    }

    @Test("reserves what the contract reserves")
    func reservedSet() {
        #expect(
            SiteID.reserved == [
                "v1", "api", "client", "console", "docs", "healthz", "readyz", "metrics", "version", "openapi.json",
                "favicon.ico",
            ])
    }
}

@Suite("A store name")
struct StoreNameTests {
    @Test(
        "is 1 to 64 bytes of UTF-8",
        arguments: [
            "a", "site:runs", "deploy:6f:runs", "..", "a b", "é🎬", "*", String(repeating: "x", count: 64),
            String(repeating: "é", count: 32),
        ])
    func valid(text: String) throws {
        let name = try StoreName(text)
        #expect(name.text == text)
        #expect(name.bytes == text.bytes)
    }

    @Test(
        "is refused when empty, too long, or with a slash or a control character",
        arguments: [
            "", "a/b", "/", "a\nb", "a\u{0}", "\u{7F}", String(repeating: "x", count: 65),
            String(repeating: "é", count: 33),
        ])
    func invalid(text: String) throws {
        let error = try #require(throws: LarderError.self) { try StoreName(text) }
        #expect(error.code == .invalidStore)
    }

    @Test("is refused when it is not UTF-8", arguments: InvalidUTF8.all)
    func notUTF8(bytes: [UInt8]) {
        #expect(throws: LarderError.self) { try StoreName(bytes: bytes) }
    }

    @Test("is compared byte for byte")
    func bytewise() throws {
        #expect("\u{E9}" == "e\u{301}")
        #expect(try StoreName("\u{E9}") != StoreName("e\u{301}"))
    }
}

@Suite("An entry key")
struct EntryKeyTests {
    @Test(
        "is opaque, whatever it holds",
        arguments: [
            "a", "a/", "a//b", "../b", "..", ".", "a b", "\u{202F}", "a:b", "🎬/é", "\u{0}", "\n", "%41", "a/b/../c",
            "a?b#c", "/", "/a", "//",
            String(repeating: "x", count: 1_024), String(repeating: "é", count: 512),
        ])
    func valid(text: String) throws {
        let key = try EntryKey(text)
        #expect(key.bytes == text.bytes)
        #expect(key.text == text)
    }

    @Test(
        "is refused when empty or too long",
        arguments: ["", String(repeating: "x", count: 1_025), String(repeating: "é", count: 512) + "x"])
    func invalid(text: String) throws {
        let error = try #require(throws: LarderError.self) { try EntryKey(text) }
        #expect(error.code == .invalidKey)
    }

    @Test("may be no UTF-8", arguments: InvalidUTF8.all)
    func notUTF8(bytes: [UInt8]) throws {
        let key = try EntryKey(bytes: bytes)
        #expect(key.bytes == bytes)
        #expect(key.text.contains("\u{FFFD}"))
    }

    @Test("comes before the end of all keys, whatever it is")
    func end() throws {
        let last = try EntryKey(bytes: [UInt8](repeating: 0xFF, count: EntryKey.maxBytes))
        #expect(last.bytes.lexicographicallyPrecedes(EntryKey.end))
    }

    @Test("is compared and ordered by its bytes")
    func order() throws {
        #expect(try EntryKey("\u{E9}") != EntryKey("e\u{301}"))
        let sorted = ["A", "a", "a/b", "a0", "aa", "b", "\u{FFFD}", "🎬"]
        #expect(try sorted.reversed().map { try EntryKey($0) }.sorted().map(\.text) == sorted)
        #expect(try !(EntryKey("a") < EntryKey("a")))
    }
}

@Suite("An entry name")
struct EntryNameTests {
    @Test("is the same only when all three parts are")
    func equality() throws {
        let name = EntryName(site: .default, store: try StoreName("s"), key: try EntryKey("k"))
        #expect(name == EntryName(site: try SiteID("default"), store: try StoreName("s"), key: try EntryKey("k")))
        #expect(name != EntryName(site: try SiteID("other"), store: name.store, key: name.key))
        #expect(name != EntryName(site: name.site, store: try StoreName("t"), key: name.key))
        #expect(name != EntryName(site: name.site, store: name.store, key: try EntryKey("l")))
        #expect(name.description == "default/s/k")
    }
}

/// Byte strings that are not well-formed UTF-8 (Unicode 15 §3.9, table 3-7).
enum InvalidUTF8 {
    static let all: [[UInt8]] = [
        [0x80],  // a continuation alone
        [0x61, 0xC3],  // cut
        [0xC0, 0x80],  // overlong NUL
        [0xC1, 0xBF], [0xE0, 0x9F, 0xBF],  // overlong
        [0xED, 0xA0, 0x80],  // a surrogate
        [0xF0, 0x8F, 0xBF, 0xBF],  // overlong
        [0xF4, 0x90, 0x80, 0x80],  // beyond U+10FFFF
        [0xFF], [0xF8, 0x88, 0x80, 0x80, 0x80],
    ]
}
