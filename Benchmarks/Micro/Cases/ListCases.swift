import LarderModel
import LarderServer

extension MicroCase {
    static let lists = [
        MicroCase(name: "list page, 1,000 entries", steps: 1) {
            let entries = try (0..<1_000).map(entry)
            return {
                var out = JSONWriter(capacity: entries.count * 400)
                out.array(entries) { $1.write(to: &$0) }
                return out.bytes.count
            }
        }
    ]

    private static func entry(_ number: Int) throws -> Entry {
        let bytes = (0..<32).map { UInt8(truncatingIfNeeded: number &* 31 &+ $0 &* 17) }
        guard let digest = Digest(bytes), let etag = ETag(bytes) else {
            throw Failure(description: "32 bytes are a digest and an ETag")
        }
        let time = Timestamp(milliseconds: 1_778_393_567_000 + Int64(number))
        return Entry(
            key: try EntryKey("projects/acme/runs/run-\(number)/final.json"), size: 1_024, storedSize: 412,
            encoding: .gzip, digest: digest,
            etag: etag,
            contentType: "application/json",
            metadata: try Metadata(
                json: Array(#"{"agent":"director","take":2}"#.utf8), maxDepth: JSONText.depthDefault), createdAt: time,
            modifiedAt: time, expiresAt: nil)
    }
}
