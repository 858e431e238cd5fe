package import LarderModel

extension IndexTransaction {
    /// What a put needs to know beside the name.
    package struct Draft: Sendable {
        package var contentType: String
        package var metadata: Metadata
        package var etag: ETag
        package var expiry: Expiry
        /// How far each write, and where the rule says so each read, puts that off; nil: nothing does.
        package var ttl: Duration?
        package var conditions: Preconditions
        /// The number that the store must have; nil: whichever it has.
        package var store: Int64?

        package init(
            contentType: String, metadata: Metadata, etag: ETag, expiry: Expiry, ttl: Duration? = nil,
            conditions: Preconditions, store: Int64? = nil
        ) {
            self.store = store
            self.contentType = contentType
            self.metadata = metadata
            self.etag = etag
            self.expiry = expiry
            self.ttl = ttl
            self.conditions = conditions
        }
    }

    /// Content that is safe already (a file) or becomes safe with this commit (inline).
    package struct Object: Sendable {
        package var digest: Digest
        package var size: Int64
        package var storedSize: Int64
        package var encoding: Encoding
        /// The stored form of small content; nil for a file.
        package var inline: [UInt8]?
        /// Given what the index keeps of the same small content, says what should be there instead; nil when it is
        /// right.
        package var repair: @Sendable (_ kept: [UInt8], Encoding) throws -> [UInt8]?
        /// Where in its backend the file lies; empty: where digest and form say; nil: where its row says, for it is
        /// there already.
        package var place: [UInt8]?

        package init(
            digest: Digest, size: Int64, storedSize: Int64, encoding: Encoding, inline: [UInt8]?,
            place: [UInt8]? = [],
            repair: @escaping @Sendable (_ kept: [UInt8], Encoding) throws -> [UInt8]?
        ) {
            self.digest = digest
            self.size = size
            self.storedSize = storedSize
            self.encoding = encoding
            self.inline = inline
            self.place = place
            self.repair = repair
        }
    }

    /// The object is there already, but in the other form: the caller makes its file in that form and comes again.
    /// Thrown before anything is written.
    package struct KeptOtherwise: Error { package let encoding: Encoding }

    package struct PutResult: Sendable {
        package let entry: Entry
        /// Whether there was none before.
        package let isNew: Bool
        /// Whether the content was there already.
        package let wasKnown: Bool
        /// The place in its backend that the content had before it got this one; nil: none, or it is the same.
        package let leftPlace: [UInt8]?
    }
}
