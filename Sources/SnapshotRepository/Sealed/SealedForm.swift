import LarderModel

/// How an encrypted file looks: a mark, a salt of its own, and chunks that are sealed one by one (STREAM: Hoang,
/// Reyhanitabar, Rogaway, Vizár 2015). A chunk's nonce says its number and whether it is the last, so that chunks can't
/// be moved, left out or cut off; the key comes from the salt and the file's name, so that files can't be exchanged.
///
///     LARDSEA1 | salt (32) | chunk (1 MiB + tag of 16) | … | last chunk (0 to 1 MiB + tag of 16)
enum SealedForm {
    static let mark = Array("LARDSEA1".utf8)
    static let saltCount = 32
    static let headCount = mark.count + saltCount
    static let tagCount = 16
    /// Plain bytes of each chunk but the last.
    static let chunkSize = 1 << 20
    static let sealedChunkSize = chunkSize + tagCount

    /// 7 bytes of nothing, the number of the chunk, and whether it is the last.
    static func nonce(_ number: Int, isLast: Bool) -> [UInt8] {
        let number = UInt32(number)
        return [UInt8](repeating: 0, count: 7)
            + [UInt8(number >> 24), UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)]
            + [isLast ? 1 : 0]
    }

    /// How many chunks a file of so many bytes has; nil: no file has so many.
    static func chunks(sealedSize: Int64) -> Int? {
        let body = sealedSize - Int64(headCount)
        guard body >= tagCount else { return nil }
        let count = (body + Int64(sealedChunkSize) - 1) / Int64(sealedChunkSize)
        guard count <= UInt32.max, body - (count - 1) * Int64(sealedChunkSize) >= tagCount else { return nil }
        return Int(count)
    }

    /// Bytes that a file of so many plain ones takes.
    static func sealedSize(plain: Int64) -> Int64 {
        let chunks = max(1, (plain + Int64(chunkSize) - 1) / Int64(chunkSize))
        return Int64(headCount) + plain + chunks * Int64(tagCount)
    }

    /// - Parameter name: of the file.
    static func damaged(_ name: String) -> LarderError {
        LarderError(.corruptEntry, "The repository's file \(name) is damaged, or was sealed with another key.")
    }
}
