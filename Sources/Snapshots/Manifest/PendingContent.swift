import Index
import LarderModel

/// A small content on its way to the repository: a header, and behind it the stored bytes.
///
///     digest 32, form 1, size 8, stored size 8 (big-endian)
struct PendingContent: Sendable {
    let digest: Digest
    let encoding: Encoding
    /// Bytes of the plain content, and of the stored ones.
    let size, storedSize: Int64

    static let headerCount = 49

    init(_ object: SnapshotObject) {
        digest = object.digest
        encoding = object.encoding
        size = object.size
        storedSize = object.storedSize
    }

    /// - Returns: nil when it is no header.
    init?(_ header: ArraySlice<UInt8>) {
        guard header.count == Self.headerCount else { return nil }
        let start = header.startIndex
        func number(_ offset: Int) -> Int64 {
            header[start + offset..<start + offset + 8].reduce(0) { $0 << 8 | Int64($1) }
        }
        guard let digest = Digest(header[start..<start + 32]),
            let encoding = Encoding(rawValue: Int(header[start + 32]))
        else { return nil }
        self.digest = digest
        self.encoding = encoding
        size = number(33)
        storedSize = number(41)
    }

    /// - Parameter content: whose length counts, whatever its row says.
    func header(of content: [UInt8]) -> [UInt8] {
        var header = digest.bytes
        header.reserveCapacity(Self.headerCount + content.count)
        header.append(UInt8(encoding.rawValue))
        for number in [size, Int64(content.count)] {
            for shift in stride(from: 56, through: 0, by: -8) {
                header.append(UInt8(truncatingIfNeeded: number >> Int64(shift)))
            }
        }
        return header
    }
}
