import Foundation
import LarderModel
import LarderTestSupport
import Testing

@testable import LarderServer

@Suite("An entry in JSON")
struct EntryJSONTests {
    private struct Decoded: Decodable {
        var key: String
        var size: Int64
        var etag: String
        var contentType: String
        var metadata: [String: String]?
        var createdAt: String
        var modifiedAt: String
        var expiresAt: String?
        var sha256: String?
        var storedSize: Int64
        var encoding: String
    }

    private static func random(_ random: inout Seeded) throws -> (entry: Entry, metadata: [String: String]) {
        var text = random.text(1...40)
        if text.hasPrefix("/") { text = "k" + text }
        let metadata = Bool.random(using: &random) ? [:] : [random.text(0...5): random.text(0...20)]
        let entry = Entry(
            key: try EntryKey(text), placement: random.pick([.inline, .file, .log]),
            size: .random(in: 0...Int64.max, using: &random),
            storedSize: .random(in: 0...Int64.max, using: &random), encoding: random.pick([.identity, .gzip]),
            digest: try #require(Digest(random.bytes(32...32))), etag: try #require(ETag(random.bytes(16...16))),
            contentType: random.pick(["application/json", "text/plain; a=\"b\\\"c\"", ""]),
            metadata: try Metadata(json: Array(try JSONSerialization.data(withJSONObject: metadata))),
            createdAt: Timestamp(milliseconds: .random(in: 0...4_000_000_000_000, using: &random)),
            modifiedAt: Timestamp(milliseconds: .random(in: 0...4_000_000_000_000, using: &random)),
            expiresAt: Bool.random(using: &random)
                ? nil : Timestamp(milliseconds: .random(in: 0...4_000_000_000_000, using: &random)))
        return (entry, metadata)
    }

    @Test("is written as JSON that a decoder reads back")
    func decodable() throws {
        var random = Seeded(8)
        for _ in 0..<1_000 {
            let (entry, metadata) = try Self.random(&random)
            for withMetadata in [true, false] {
                var out = JSONWriter()
                entry.write(withMetadata: withMetadata, to: &out)
                let json = out.bytes
                #expect(try JSONText.check(json).kind == .object)
                let decoded = try JSONDecoder().decode(Decoded.self, from: Data(json))
                #expect(decoded.key.utf8.elementsEqual(entry.key.bytes))
                #expect(decoded.size == entry.size)
                #expect(decoded.etag == entry.etag.quoted)
                #expect(decoded.contentType == entry.contentType)
                #expect(decoded.metadata == (withMetadata ? metadata : nil))
                #expect(decoded.createdAt == entry.createdAt.iso8601)
                #expect(decoded.modifiedAt == entry.modifiedAt.iso8601)
                #expect(decoded.expiresAt == entry.expiresAt?.iso8601)
                #expect(decoded.sha256 == (entry.placement == .log ? nil : entry.digest.hex))
                #expect(decoded.storedSize == entry.storedSize)
                #expect(decoded.encoding == entry.encoding.name)
            }
        }
    }

    @Test("is appended to what is there")
    func appends() throws {
        var random = Seeded(9)
        let (entry, _) = try Self.random(&random)
        var out = JSONWriter()
        out.openArray()
        entry.write(to: &out)
        #expect(out.bytes.starts(with: #"[{"key":"#.utf8))
    }
}
