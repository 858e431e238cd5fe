import LarderModel

extension ObjectStore {
    /// All of an object's plain content, checked against its name. Blocks: for threads that may, and for content of
    /// bounded size.
    /// - Parameter limit: the most bytes that are read.
    /// - Returns: nil when it is larger.
    /// - Throws: `LarderError` `.corruptEntry`.
    package func readWhole(_ digest: Digest, _ encoding: Encoding, size: Int64, limit: Int) throws -> [UInt8]? {
        guard size <= limit else { return nil }
        let reader = try Self.openFile(path(digest, encoding), digest, encoding, size: size)
        guard reader.storedSize <= Int64(2 * limit + 1_024) else { return nil }
        let stored = try reader.readStored(at: 0, count: Int(reader.storedSize))
        return try InlineObject.verifiedPlain(
            Array(stored.readableBytesView), encoding: encoding, size: size, digest: digest)
    }
}
