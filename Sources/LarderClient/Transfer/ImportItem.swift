import Foundation
import LarderModel

/// A file that is to become an entry.
struct ImportItem: Sendable {
    var file: LocalTree.File
    var store: String
    var key: String
    /// nil: by the key's extension.
    var contentType: String?
    /// As it is to be written.
    var metadata: EntryMetadata
    /// Whether the entry has to have this type and metadata to count as the same; else its content is enough.
    var isExact: Bool
    /// What the manifest says; nil: not known, or there is no manifest.
    var sha256: String?
    var expiresAt: Date?
}

extension ImportItem {
    /// The metadata field that keeps a file's own time: retention goes by the server's.
    static let modifiedField: StaticString = "modified"

    /// Metadata with the file's time in it, unless it has such a field or would get too large.
    static func withTime(_ metadata: EntryMetadata, _ file: LocalTree.File) -> EntryMetadata {
        guard metadata["\(modifiedField)"] == nil else { return metadata }
        let more = metadata.adding(modifiedField, Timestamp(milliseconds: file.modifiedMilliseconds).iso8601)
        return more.json.count <= Metadata.maxBytes ? more : metadata
    }
}
