import LarderModel
import Sealing
import Testing

@Suite("Sealing")
struct SealingTests {
    /// RFC 5869, appendix A, tests 1, 2 and 3.
    @Test("gives the keys of RFC 5869")
    func keys() {
        let secret = [UInt8](repeating: 0x0B, count: 22)
        #expect(
            HKDF.key(from: secret, salt: Array(0...12), info: Array(0xF0...0xF9), count: 42).hex
                == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
        #expect(
            HKDF.key(from: Array(0...0x4F), salt: Array(0x60...0xAF), info: Array(0xB0...0xFF), count: 82).hex
                == "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
                + "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87")
        #expect(
            HKDF.key(from: secret, info: [], count: 42).hex
                == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
    }

    /// The GCM specification's test cases 13 to 16 (McGrew and Viega), which NIST took over.
    @Test(
        "gives the texts of GCM's specification, and opens them",
        arguments: [
            ("00", "000000000000000000000000", "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
            (
                "00", "000000000000000000000000", "00000000000000000000000000000000", "",
                "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"
            ),
            (
                "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
                "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                    + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
                "feedfacedeadbeeffeedfacedeadbeefabaddad2",
                "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                    + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"
            ),
        ])
    func texts(_ key: String, _ nonce: String, _ plain: String, _ context: String, _ sealed: String) throws {
        let part = try #require([UInt8](hex: key))
        let cipher = AESGCM(key: (0..<32).map { part[$0 % part.count] })
        let nonce = try #require([UInt8](hex: nonce)), plain = try #require([UInt8](hex: plain))
        let context = try #require([UInt8](hex: context)), sealed = try #require([UInt8](hex: sealed))
        #expect(cipher.seal(plain, nonce: nonce, context: context).hex == sealed.hex)
        #expect(try cipher.open(sealed, nonce: nonce, context: context) == plain)
    }

    @Test("opens nothing that was altered, cut, or sealed with another key, nonce or context")
    func forged() throws {
        let cipher = AESGCM(key: [UInt8](repeating: 7, count: 32)), nonce = [UInt8](repeating: 1, count: 12)
        let sealed = cipher.seal(Array("content".utf8), nonce: nonce, context: [1])
        for place in sealed.indices {
            var altered = sealed
            altered[place] ^= 1
            #expect(throws: AESGCM.Forged.self) { try cipher.open(altered, nonce: nonce, context: [1]) }
        }
        for count in sealed.indices {
            #expect(throws: AESGCM.Forged.self) {
                try cipher.open(Array(sealed.prefix(count)), nonce: nonce, context: [1])
            }
        }
        let other = AESGCM(key: [UInt8](repeating: 8, count: 32)), otherNonce = [UInt8](repeating: 2, count: 12)
        #expect(throws: AESGCM.Forged.self) { try other.open(sealed, nonce: nonce, context: [1]) }
        #expect(throws: AESGCM.Forged.self) { try cipher.open(sealed, nonce: otherNonce, context: [1]) }
        #expect(throws: AESGCM.Forged.self) { try cipher.open(sealed, nonce: nonce) }
        #expect(try cipher.open(sealed, nonce: nonce, context: [1]) == Array("content".utf8))
    }
}
