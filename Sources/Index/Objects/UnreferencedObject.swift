package import LarderModel

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
