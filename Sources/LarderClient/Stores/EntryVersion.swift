public import FoundationEssentials

/// What a write or a deletion replaced, where the rule of its store keeps versions.
public struct EntryVersion: Sendable, Hashable, Codable {
    /// Whose version it is; nil where one entry was asked about.
    public var key: String?
    /// The key's bytes in hexadecimal where they are no UTF-8, so that ``key`` only shows them; nil: ``key`` is it.
    public var keyHex: String?
    /// The entity tag, quotes included, by which it is read and restored.
    public var etag: String
    /// Bytes of the content.
    public var size: Int64
    /// The media type, as it was written.
    public var contentType: String
    /// When it was written.
    public var modifiedAt: Date
    /// When it was replaced.
    public var replacedAt: Date
    /// Whether a deletion replaced it; nil: a write did.
    public var deleted: Bool?
}
