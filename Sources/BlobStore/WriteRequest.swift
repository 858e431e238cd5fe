package import Index
package import LarderModel

/// What a client said of an entry it writes, beside the content.
package struct WriteRequest: Sendable {
    package var name: EntryName
    /// As the client sent it; nil: none.
    package var contentType: String?
    package var metadata: Metadata
    package var expiry: Expiry
    package var conditions: Preconditions
    /// Bytes of content that are announced (`Content-Length`); nil: unknown.
    package var declaredSize: Int64?
    /// The number that the store must still have when this is committed: it was not named by the client, but looked up.
    /// nil: whichever store has the name.
    package var store: Int64?

    /// What came with it for search; nil: nothing. Checked.
    package var vector: NewItem.Vector?

    package init(
        name: EntryName, contentType: String? = nil, metadata: Metadata = .none,
        expiry: Expiry = .never,
        conditions: Preconditions = .none, declaredSize: Int64? = nil
    ) {
        self.name = name
        self.contentType = contentType
        self.metadata = metadata
        self.expiry = expiry
        self.conditions = conditions
        self.declaredSize = declaredSize
    }

    /// Bytes of a content type; who takes requests refuses longer ones.
    package static let contentTypeMax = 255

    /// The entry's content type: what the metadata names, if it has the form of one (fetch sends `text/plain` with any
    /// string), else what was sent, else bytes.
    package var entryContentType: String {
        if let named = metadata.contentType { return named }
        guard let contentType, !contentType.isEmpty else { return MediaType.octetStream }
        return contentType
    }
}

/// What became of a write.
package struct WriteResult: Sendable {
    package let entry: Entry
    /// Whether there was no such entry before.
    package let isNew: Bool

    package init(entry: Entry, isNew: Bool) {
        self.entry = entry
        self.isNew = isNew
    }
}
