import LarderModel
package import Objects

extension ObjectLocator {
    /// - Parameter fileName: the last part of a path; nil when no object's file is called so.
    package init?(fileName: String) {
        let isGzip = fileName.hasSuffix(".gz")
        let hex = isGzip ? fileName.dropLast(3) : fileName[...]
        guard let digest = Digest(hex: hex), digest.hex == hex else { return nil }
        self.init(digest, isGzip ? .gzip : .identity)
    }
}
