package import LarderModel

/// Names one stored object: the digest of its plain content, the form that it is kept in and, with a backend that gives
/// each object a place of its own, that place.
package struct ObjectLocator: Hashable, Sendable {
    package let digest: Digest
    package let encoding: Encoding
    /// What else its backend needs to find it; empty where digest and form say it all.
    package let place: [UInt8]

    package init(_ digest: Digest, _ encoding: Encoding, place: [UInt8] = []) {
        self.digest = digest
        self.encoding = encoding
        self.place = place
    }

    /// `ab34…` or `ab34….gz`, for people to read.
    package var text: String { digest.hex + (encoding == .gzip ? ".gz" : "") }
}
