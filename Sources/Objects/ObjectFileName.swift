import LarderModel

/// What a file under `objects/` is called after: `ab34…` or `ab34….gz`.
package struct ObjectFileName: Hashable, Sendable {
    package let digest: Digest
    package let encoding: Encoding

    package init(digest: Digest, encoding: Encoding) {
        self.digest = digest
        self.encoding = encoding
    }

    /// - Parameter text: the last part of a path; nil when no object's file is called so.
    package init?(_ text: String) {
        let isGzip = text.hasSuffix(".gz")
        let hex = isGzip ? text.dropLast(3) : text[...]
        guard let digest = Digest(hex: hex), digest.hex == hex else { return nil }
        self.init(digest: digest, encoding: isGzip ? .gzip : .identity)
    }

    /// The last part of its path.
    package var text: String { digest.hex + (encoding == .gzip ? ".gz" : "") }
}
