import Hashing
import LarderModel
import Testing

@Suite("SHA-256 and HMAC")
struct HashingTests {
    /// FIPS 180-4's examples, and none at all.
    @Test(
        "Known texts have the known digests, in one piece and byte by byte",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func digests(_ text: String, _ digest: String) {
        let bytes = Array(text.utf8)
        #expect(SHA256.hash(data: bytes).hex == digest)
        var hash = SHA256()
        for byte in bytes {
            hash.update(data: [byte])
            // Looking at it changes nothing.
            _ = hash.finalize()
        }
        #expect(hash.finalize().hex == digest)
    }

    @Test("A million bytes have the digest that FIPS 180-4 names, and a copy goes its own way")
    func long() {
        var hash = SHA256()
        let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000)
        for _ in 0..<999 { hash.update(data: piece) }
        var other = hash
        hash.update(data: piece)
        other.update(data: [1])
        #expect(hash.finalize().hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
        #expect(other.finalize() != hash.finalize())
    }

    /// RFC 4231, cases 1, 2, 3 and 6: a short key, one of words, and one longer than a block.
    @Test(
        "Signatures are those of RFC 4231",
        arguments: [
            (
                [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
            ),
            (
                [UInt8](repeating: 0xAA, count: 131),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ])
    func signatures(_ key: [UInt8], _ text: [UInt8], _ code: String) {
        #expect(MAC.sha256(text, key: key).hex == code)
    }
}
