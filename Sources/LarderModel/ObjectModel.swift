/// An object that nothing refers to.
package struct UnreferencedObject: Sendable, Hashable {
    package let digest: Digest
    package let encoding: Encoding
    package let storedSize: Int64
    package let isInline: Bool

    package init(digest: Digest, encoding: Encoding, storedSize: Int64, isInline: Bool) {
        self.digest = digest
        self.encoding = encoding
        self.storedSize = storedSize
        self.isInline = isInline
    }
}

/// An object whose count of references is not what the entries say.
package struct ReferenceDifference: Sendable, Hashable {
    /// The index's number of the object.
    package let object: Int64
    package let digest: Digest
    package let counted: Int64
    package let real: Int64

    package init(object: Int64, digest: Digest, counted: Int64, real: Int64) {
        self.object = object
        self.digest = digest
        self.counted = counted
        self.real = real
    }
}

/// An object as verification reads it.
package struct KeptObject: Sendable {
    /// The index's number of it.
    package let id: Int64
    package let digest: Digest
    package let encoding: Encoding
    package let size: Int64
    package let storedSize: Int64
    /// The stored form of small content; nil when it is in a file.
    package let content: [UInt8]?

    package init(id: Int64, digest: Digest, encoding: Encoding, size: Int64, storedSize: Int64, content: [UInt8]?) {
        self.id = id
        self.digest = digest
        self.encoding = encoding
        self.size = size
        self.storedSize = storedSize
        self.content = content
    }
}
