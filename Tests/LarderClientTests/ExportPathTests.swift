import LarderClient
import LarderTestSupport
import Testing

@Suite("The path of a key")
struct ExportPathTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var key: String
        var plain: String
        var portable: String
        var testDescription: String { key.debugDescription }
    }

    private static func path(_ key: String, isPortable: Bool) -> String {
        ExportPath.segments(key, isPortable: isPortable).joined(separator: "/")
    }

    @Test(
        "keeps names that a file system can hold, and encodes others",
        arguments: [
            Row(key: "a/b.txt", plain: "a/b.txt", portable: "a/b.txt"),
            Row(key: "é.jpg", plain: "é.jpg", portable: "%C3%A9.jpg"),
            Row(key: ".hidden", plain: ".hidden", portable: "%2Ehidden"),
            Row(key: "what?*", plain: "what?*", portable: "what%3F%2A"),
            Row(key: "a. ", plain: "a. ", portable: "a.%20"), Row(key: "..", plain: "%2E%2E", portable: "%2E%2E"),
            Row(key: "a/./b", plain: "a/%2E/b", portable: "a/%2E/b"),
            Row(key: "a//b/", plain: "a/%_/b/%_", portable: "a/%_/b/%_"),
            Row(key: "100%", plain: "100%", portable: "100%25"),
            Row(key: "50% off", plain: "50% off", portable: "50%25 off"),
            Row(key: "%_", plain: "%25_", portable: "%25_"), Row(key: "a%=", plain: "a%25=", portable: "a%25="),
            Row(key: "%2E", plain: "%252E", portable: "%252E"),
            Row(key: "x%part", plain: "x%25part", portable: "x%25part"),
            Row(key: "a\nb\u{7F}", plain: "a%0Ab%7F", portable: "a%0Ab%7F"),
            Row(key: ".larder-export/x", plain: "%2Elarder-export/x", portable: "%2Elarder-export/x"),
        ])
    func paths(row: Row) {
        #expect(Self.path(row.key, isPortable: false) == row.plain)
        #expect(Self.path(row.key, isPortable: true) == row.portable)
    }

    @Test("is one of its own for each key, and no name in it is too long", arguments: [false, true])
    func distinct(isPortable: Bool) {
        var dice = Seeded(7)
        var keys: [String: String] = [:]
        for _ in 0..<5_000 {
            let key = dice.many(1...3) { dice in
                dice.many(0...4) { $0.pick(["a", ".", "%", "_", "~", "=", "2E", "part", "é", " ", "\n", "?"]) }.joined()
            }.joined(separator: "/")
            let path = Self.path(key, isPortable: isPortable)
            if let other = keys.updateValue(key, forKey: path) { #expect(other == key, "\(path)") }
        }
        for filling in ["x", "é", "漢", "%2E", "\n"] {
            let long = String(repeating: filling, count: 300)
            let names = [long + "a", long + "b"].map { Self.path($0, isPortable: isPortable) }
            #expect(names[0] != names[1])
            #expect(names.allSatisfy { $0.utf8.count <= 248 })
        }
    }
}
