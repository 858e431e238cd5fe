public import FoundationEssentials

/// What the server knows of an entry: everything but its content.
public struct Entry: Sendable, Hashable, Codable {
    /// Its name within the store: 1–1,024 bytes, opaque.
    public var key: String
    /// The key's bytes in hexadecimal where they are no UTF-8, so that ``key`` only shows them; nil: ``key`` is it.
    public var keyHex: String?
    /// Bytes of the content.
    public var size: Int64
    /// The entity tag, quotes included. It changes whenever content, metadata or content type change.
    public var etag: String
    /// The media type, as it was written.
    public var contentType: String
    /// What was written beside the content; empty when nothing was, or when a list didn't ask for it.
    public var metadata: EntryMetadata
    /// When the key was first written.
    public var createdAt: Date
    /// When it was last written, by the server's clock.
    public var modifiedAt: Date
    /// When it goes away by itself; nil: not before a rule of the store says so.
    public var expiresAt: Date?
    /// SHA-256 of the content: 64 hexadecimal digits. Empty for a log, whose content is put together when it is read.
    public var sha256: String
    /// Bytes it takes as it is kept.
    public var storedSize: Int64
    /// How it is kept: `identity` or `gzip`. A reader needn't care.
    public var encoding: String

    /// Reads the native face's JSON object (contract §4.2).
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        key = try fields.decode(String.self, forKey: .key)
        keyHex = try fields.decodeIfPresent(String.self, forKey: .keyHex)
        size = try fields.decode(Int64.self, forKey: .size)
        etag = try fields.decode(String.self, forKey: .etag)
        contentType = try fields.decode(String.self, forKey: .contentType)
        metadata = try fields.decodeIfPresent(EntryMetadata.self, forKey: .metadata) ?? [:]
        createdAt = try fields.decode(Date.self, forKey: .createdAt)
        modifiedAt = try fields.decode(Date.self, forKey: .modifiedAt)
        expiresAt = try fields.decodeIfPresent(Date.self, forKey: .expiresAt)
        sha256 = try fields.decodeIfPresent(String.self, forKey: .sha256) ?? ""
        storedSize = try fields.decode(Int64.self, forKey: .storedSize)
        encoding = try fields.decode(String.self, forKey: .encoding)
    }

    init(
        key: String, size: Int64, etag: String, contentType: String, metadata: EntryMetadata, createdAt: Date,
        modifiedAt: Date,
        expiresAt: Date?, sha256: String, storedSize: Int64, encoding: String
    ) {
        self.key = key
        self.size = size
        self.etag = etag
        self.contentType = contentType
        self.metadata = metadata
        self.createdAt = createdAt
        self.modifiedAt = modifiedAt
        self.expiresAt = expiresAt
        self.sha256 = sha256
        self.storedSize = storedSize
        self.encoding = encoding
    }
}

extension Entry: HoldsMetadata {
    package var allMetadata: [EntryMetadata] { [metadata] }
}
