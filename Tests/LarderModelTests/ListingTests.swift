import LarderModel
import LarderTestSupport
import Testing

@Suite("A list cursor")
struct ListCursorTests {
    @Test("comes back from its text, which needs no encoding in a query")
    func roundTrip() throws {
        var random = Seeded(5)
        for _ in 0..<1_000 {
            let bytes = random.bytes(1...EntryKey.maxBytes)
            let time = Timestamp(milliseconds: Int64.random(in: .min ... .max, using: &random))
            for cursor in [ListCursor.afterKey(bytes), .afterPrefix(bytes), .afterTime(time, key: bytes)] {
                #expect(try ListCursor(text: cursor.text) == cursor)
                #expect(PercentCoding.encode(cursor.text.utf8, keeping: "") == cursor.text)
            }
        }
    }

    @Test(
        "is refused when this server never gave it",
        arguments: [
            "", "a", "k", "aw", "cA", "dA", "eHl6", "!!!!", "a2V5!", "a2 V5", "ékey", ListCursor.afterKey([]).text,
            ListCursor.afterPrefix([]).text,
            ListCursor.afterTime(Timestamp(milliseconds: 1), key: []).text, String(repeating: "A", count: 1_401), "%6B",
        ])
    func invalid(text: String) throws {
        let error = try #require(throws: LarderError.self) { try ListCursor(text: text) }
        #expect(error.code == .malformedRequest)
    }
}

@Suite("The end of a prefix")
struct EndOfPrefixTests {
    @Test(
        "is the smallest bytes behind all that start with it",
        arguments: [
            ([], nil), ([0x61], [0x62]), ([0x61, 0xFF], [0x62]), ([0xFF], nil), ([0xFF, 0xFF], nil), ([0x00], [0x01]),
        ]
            as [([UInt8], [UInt8]?)])
    func table(prefix: [UInt8], end: [UInt8]?) {
        #expect(prefix.endOfPrefix == end)
    }

    @Test("parts the keys with the prefix from those behind it")
    func property() {
        var random = Seeded(6)
        for _ in 0..<5_000 {
            let prefix = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                random.pick([0x00, 0x61, 0xFE, 0xFF] as [UInt8])
            }
            let key = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                random.pick([0x00, 0x61, 0x62, 0xFE, 0xFF] as [UInt8])
            }
            let isIn =
                !key.lexicographicallyPrecedes(prefix)
                && (prefix.endOfPrefix.map { key.lexicographicallyPrecedes($0) } ?? true)
            #expect(key.starts(with: prefix) == isIn)
        }
    }
}
