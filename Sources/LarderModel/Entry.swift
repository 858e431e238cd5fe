/// How an object's bytes are kept.
package enum Encoding: Int, Sendable, Hashable {
    case identity = 0
    case gzip = 1

    /// The word on the wire.
    package var name: String { self == .gzip ? "gzip" : "identity" }
}

/// Where an entry's content is kept.
package enum Placement: Int, Sendable, Hashable {
    /// In the index, beside the object's row.
    case inline = 0
    /// In a file of its own.
    case file = 1
    /// Nowhere as a whole: the content is the array of a log's events.
    case log = 2
}

/// What the index knows of an entry: everything but its content.
package struct Entry: Sendable, Hashable {
    package var key: EntryKey
    package var placement: Placement
    /// Bytes of the plain content.
    package var size: Int64
    /// Bytes the object takes as it is kept.
    package var storedSize: Int64
    package var encoding: Encoding
    package var digest: Digest
    package var etag: ETag
    package var contentType: String
    package var metadata: Metadata
    package var createdAt: Timestamp
    package var modifiedAt: Timestamp
    /// From then on the entry is as good as gone; nil: never.
    package var expiresAt: Timestamp?
    /// By how long a write puts that off, and, where the rule says so, a read; nil: nothing does.
    package var ttl: Duration?

    package init(
        key: EntryKey, placement: Placement = .inline, size: Int64, storedSize: Int64, encoding: Encoding,
        digest: Digest, etag: ETag,
        contentType: String,
        metadata: Metadata, createdAt: Timestamp, modifiedAt: Timestamp, expiresAt: Timestamp?, ttl: Duration? = nil
    ) {
        self.key = key
        self.placement = placement
        self.size = size
        self.storedSize = storedSize
        self.encoding = encoding
        self.digest = digest
        self.etag = etag
        self.contentType = contentType
        self.metadata = metadata
        self.createdAt = createdAt
        self.modifiedAt = modifiedAt
        self.expiresAt = expiresAt
        self.ttl = ttl
    }

    package func isExpired(at now: Timestamp) -> Bool { expiresAt.map { $0 <= now } ?? false }
}
