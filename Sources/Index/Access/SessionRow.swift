package import LarderModel

/// A session of the console, as it is kept.
package struct SessionRow: Sendable, Hashable {
    /// The hash of its cookie's secret.
    package let id: [UInt8]
    /// That of the token that was shown for it.
    package let tokenHash: [UInt8]
    package let expiresAt: Timestamp

    package init(id: [UInt8], tokenHash: [UInt8], expiresAt: Timestamp) {
        self.id = id
        self.tokenHash = tokenHash
        self.expiresAt = expiresAt
    }
}
