package import LarderModel

/// An object that nothing refers to.
package struct UnreferencedObject: Sendable, Hashable {
    package let digest: Digest
    package let encoding: Encoding
    package let storedSize: Int64
    package let isInline: Bool
    /// Where in its backend it lies; empty: where digest and form say, or in the index.
    package let place: [UInt8]

    package init(digest: Digest, encoding: Encoding, storedSize: Int64, isInline: Bool, place: [UInt8] = []) {
        self.digest = digest
        self.encoding = encoding
        self.storedSize = storedSize
        self.isInline = isInline
        self.place = place
    }
}
