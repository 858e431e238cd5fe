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

    package init(
        key: EntryKey, placement: Placement = .inline, size: Int64, storedSize: Int64, encoding: Encoding,
        digest: Digest, etag: ETag,
        contentType: String,
        metadata: Metadata, createdAt: Timestamp, modifiedAt: Timestamp, expiresAt: Timestamp?
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
    }

    package func isExpired(at now: Timestamp) -> Bool { expiresAt.map { $0 <= now } ?? false }
}

extension Entry {
    /// Appends the entry as the native face's JSON object (contract §4.2). Written by hand: `JSONEncoder` takes eight
    /// times as long for a page of a list.
    package func appendJSON(withMetadata: Bool = true, to out: inout [UInt8]) {
        out.append(contentsOf: #"{"key":"#.utf8)
        JSONText.appendQuoted(key.bytes, to: &out)
        out.append(contentsOf: #","size":\#(size),"etag":"#.utf8)
        JSONText.appendQuoted(etag.quoted.utf8, to: &out)
        out.append(contentsOf: #","contentType":"#.utf8)
        JSONText.appendQuoted(contentType.utf8, to: &out)
        if withMetadata {
            out.append(contentsOf: #","metadata":"#.utf8)
            out.append(contentsOf: metadata.object)
        }
        out.append(contentsOf: #","createdAt":""#.utf8)
        out.append(contentsOf: createdAt.iso8601Bytes)
        out.append(contentsOf: #"","modifiedAt":""#.utf8)
        out.append(contentsOf: modifiedAt.iso8601Bytes)
        if let expiresAt {
            out.append(contentsOf: #"","expiresAt":""#.utf8)
            out.append(contentsOf: expiresAt.iso8601Bytes)
        }
        // A log's content is put together when it is read: it has no digest of its own.
        out.append(contentsOf: (placement == .log ? #"","sha256":null"# : #"","sha256":"\#(digest.hex)""#).utf8)
        out.append(contentsOf: #","storedSize":\#(storedSize),"encoding":"\#(encoding.name)"}"#.utf8)
    }
}
