package import LarderModel

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
    /// Where in its backend it lies; empty: where digest and form say, or in the index.
    package let place: [UInt8]

    package init(
        id: Int64, digest: Digest, encoding: Encoding, size: Int64, storedSize: Int64, content: [UInt8]?,
        place: [UInt8] = []
    ) {
        self.id = id
        self.digest = digest
        self.encoding = encoding
        self.size = size
        self.storedSize = storedSize
        self.content = content
        self.place = place
    }
}
