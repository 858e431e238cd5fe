import LarderModel
import LarderTestSupport
import Testing

@Suite("A digest")
struct DigestTests {
    private static let bytes = Array(UInt8(0)..<32)
    private static let hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

    @Test("is 32 bytes or 64 hexadecimal digits of either case")
    func roundTrip() throws {
        let digest = try #require(Digest(Self.bytes))
        #expect(digest.bytes == Self.bytes)
        #expect(digest.hex == Self.hex)
        #expect(Digest(hex: Self.hex) == digest)
        #expect(Digest(hex: Self.hex.uppercased()) == digest)
    }

    @Test("comes back from any bytes")
    func property() throws {
        var random = Seeded(1)
        for _ in 0..<500 {
            let bytes = random.bytes(32...32)
            let digest = try #require(Digest(bytes))
            #expect(digest.bytes == bytes)
            #expect(Digest(hex: digest.hex) == digest)
        }
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "0", String(hex.dropLast()), hex + "0", String(hex.dropLast()) + "g", String(hex.dropLast(2)) + "é",
        ])
    func invalid(hex: String) {
        #expect(Digest(hex: hex) == nil)
    }

    @Test("has exactly 32 bytes", arguments: [0, 31, 33])
    func length(count: Int) {
        #expect(Digest([UInt8](repeating: 0, count: count)) == nil)
    }

    @Test("differs when any byte does", arguments: 0..<32)
    func differs(at: Int) {
        var other = Self.bytes
        other[at] ^= 0x80
        #expect(Digest(other) != Digest(Self.bytes))
    }
}

@Suite("Hexadecimal text")
struct HexTests {
    @Test("needs an even number of digits", arguments: ["0", "abc", "0x", "zz", "+1", " 1"])
    func invalid(text: String) {
        #expect([UInt8](hex: text) == nil)
    }

    @Test("of nothing is empty")
    func empty() {
        #expect([UInt8](hex: "") == [])
        #expect([UInt8]().hex == "")
    }
}
