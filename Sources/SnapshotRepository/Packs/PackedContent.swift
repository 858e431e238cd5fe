package import LarderModel

/// A small content out of a pack; it was compared with its digest.
package struct PackedContent: Sendable {
    package let digest: Digest
    package let encoding: Encoding
    /// Bytes of the plain content.
    package let size: Int64
    /// Its bytes in that form.
    package let stored: [UInt8]
}

/// A pack of which something can't be read.
package struct DamagedPack: Sendable {
    /// The path below the repository.
    package let name: String
    /// What of the wanted is lost in it; empty: its index can't be read, so nobody knows.
    package let lost: [(digest: Digest, encoding: Encoding)]
    package let why: String
}
