package import LarderModel

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
