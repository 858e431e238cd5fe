import BlobStore
import Index
import LarderModel
import Objects

/// Reads whole entries inside a transaction or a read, on a thread that may block.
struct EntryText: Sendable {
    let blobs: BlobStore

    /// - Parameter limit: bytes; a larger entry is not read.
    /// - Returns: nil when there is no such entry, or it is expired or too large.
    /// - Throws: `LarderError` `.corruptEntry`.
    func read(_ entry: Entry, _ reader: IndexReader, limit: Int) throws -> [UInt8]? {
        guard entry.size <= limit else { return nil }
        switch entry.placement {
        case .log: return nil
        case .inline:
            guard let stored = try reader.inlineContent(entry.digest) else {
                throw LarderError(
                    .corruptEntry, "The content of this entry is missing; write it again.",
                    cause: "object \(entry.digest) has no data")
            }
            return try InlineObject.verifiedPlain(
                stored, encoding: entry.encoding, size: entry.size, digest: entry.digest)
        case .file: return try blobs.readFile(of: entry, limit: limit)
        }
    }
}
