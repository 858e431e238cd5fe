package import LarderModel

/// Content that has been received whole, hashed, compressed where that helps, checked, and, when it is large, made
/// durable in its place. It becomes part of what is kept when the index commits a row that names it.
package struct StagedObject: Sendable {
    package enum Content: Sendable {
        /// Small: to be kept in the index. Both forms, so that a damaged row can be healed in the form it has.
        case inline(stored: [UInt8], plain: [UInt8])
        /// Large: durable where its backend keeps it. The claim keeps removal away until the row is committed.
        case stored(ObjectLocator, DigestClaims.Claim)
    }

    package let digest: Digest
    /// Bytes of the plain content.
    package let size: Int64
    /// Bytes as kept.
    package let storedSize: Int64
    package let encoding: Encoding
    package let content: Content
    /// Whether it is what an entry has already, read from where its row says it lies.
    package let isKept: Bool

    package init(
        digest: Digest, size: Int64, storedSize: Int64, encoding: Encoding, content: Content, isKept: Bool = false
    ) {
        self.digest = digest
        self.size = size
        self.storedSize = storedSize
        self.encoding = encoding
        self.content = content
        self.isKept = isKept
    }

    /// The row that names it is committed, or will never be.
    package func releaseClaim() { if case .stored(_, let claim) = content { claim.release() } }
}
