import Gzip
import LarderModel
import LarderTestSupport
import Objects
import Testing

@Suite("Small content")
struct InlineObjectTests {
    struct Row: Sendable {
        var size: Int
        var type = MediaType.json
        var compression = Policy.Compression.auto
        var wants: Bool
    }

    @Test(
        "is packed where that may help",
        arguments: [
            Row(size: 0, wants: false), Row(size: 1_399, wants: false), Row(size: 1_400, wants: true),
            Row(size: 32_768, wants: true),
            Row(size: 32_768, type: "image/jpeg", wants: false), Row(size: 32_768, compression: .never, wants: false),
            Row(size: 0, compression: .always, wants: false), Row(size: 1, compression: .always, wants: true),
            Row(size: 1, type: "image/jpeg", compression: .always, wants: true),
        ])
    func wants(row: Row) {
        #expect(InlineObject.wantsGzip(row.size, row.type, row.compression) == row.wants)
        let staged = InlineObject.stage(text(row.size), contentType: row.type, compression: row.compression)
        #expect(staged.encoding == (row.wants ? .gzip : .identity))
    }

    @Test("that gzip would not make a tenth smaller stays plain")
    func notWorthIt() {
        let staged = InlineObject.stage(noise(10_000), contentType: MediaType.json, compression: .auto)
        #expect(staged.encoding == .identity)
        #expect(staged.storedSize == 10_000)
    }

    @Test("is checked against its name and size", arguments: [Encoding.gzip, .identity])
    func verified(encoding: Encoding) throws {
        let plain = text(2_000)
        let digest = try #require(sha256(plain))
        let stored = encoding == .gzip ? InlineObject.compress(plain) : plain
        #expect(try InlineObject.verifiedPlain(stored, encoding: encoding, size: 2_000, digest: digest) == plain)
        var damaged = stored
        damaged[stored.count / 2] ^= 1
        for (bytes, size) in [
            (damaged, Int64(2_000)), (Array(stored.dropLast()), 2_000), ([], 2_000), (stored, 1_999), (stored, 2_001),
        ] {
            let error = try #require(throws: LarderError.self) {
                try InlineObject.verifiedPlain(bytes, encoding: encoding, size: size, digest: digest)
            }
            #expect(error.code == .corruptEntry)
        }
    }

    @Test("is packed rightly by many at once")
    func concurrent() async {
        await withTaskGroup(of: Bool.self) { group in
            for seed in 0..<64 {
                group.addTask {
                    let plain = text(3_000 + seed * 100, seed: UInt64(seed))
                    return (try? Gzip.decode(InlineObject.compress(plain), limit: plain.count)) == plain
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
