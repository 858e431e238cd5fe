import Hashing
import LarderModel

/// How a pack looks: small contents one behind the other, and their index at the end. It is written whole and never
/// changed. Numbers are big-endian.
///
///     LARDPAK1 | stored bytes … | index | SHA-256 of the index (32) | contents (4) | LARDPAK1
///     index: for each content  digest (32) | form (1) | plain bytes (8) | place in the file (4) | stored bytes (4)
enum PackForm {
    static let folder = "packs/"
    static let mark = Array("LARDPAK1".utf8)
    static let itemCount = ContentName.byteCount + 16
    static let tailCount = SHA256.byteCount + 4 + mark.count

    /// A pack is written when it has so many bytes, and a content that is larger has no room in one.
    static let sizeMax = 32 << 20

    /// One content of a pack.
    struct Item {
        let name: ContentName
        /// Bytes of the plain content.
        let size: Int64
        /// Where its stored bytes are in the file.
        let place: Range<Int>
    }

    /// The path of a pack.
    /// - Parameter hash: 32 bytes.
    static func path(_ hash: [UInt8]) -> String { "\(folder)\(hash.hex.prefix(2))/\(hash.hex).pack" }

    /// The index with its tail, as it stands at a pack's end.
    static func tail(_ items: [Item]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(items.count * itemCount + tailCount)
        for item in items {
            bytes += item.name.bytes
            bytes.append(UInt8(item.name.encoding.rawValue))
            append(UInt64(item.size), to: &bytes)
            append(UInt32(item.place.lowerBound), to: &bytes)
            append(UInt32(item.place.count), to: &bytes)
        }
        bytes += SHA256.hash(data: bytes)
        append(UInt32(items.count), to: &bytes)
        return bytes + mark
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    /// How many bytes index and tail take, as the tail says.
    /// - Parameter bytes: the last ones of a pack. nil: it is none.
    static func indexCount(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= tailCount, bytes.suffix(mark.count).elementsEqual(mark) else { return nil }
        let count = bytes.withUnsafeBytes {
            UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: bytes.count - mark.count - 4, as: UInt32.self))
        }
        return Int(count) * itemCount + tailCount
    }

    /// Reads an index.
    /// - Parameters:
    ///   - bytes: index and tail, and nothing before them.
    ///   - size: of the whole pack.
    /// - Returns: nil when it is damaged.
    static func items(_ bytes: [UInt8], size: Int64) -> [Item]? {
        guard indexCount(bytes) == bytes.count else { return nil }
        let end = bytes.count - tailCount
        return bytes.withUnsafeBytes { bytes in
            let hash = SHA256.hash(data: UnsafeRawBufferPointer(rebasing: bytes[..<end]))
            guard bytes[end..<end + SHA256.byteCount].elementsEqual(hash) else { return nil }
            var items: [Item] = []
            items.reserveCapacity(end / itemCount)
            for place in stride(from: 0, to: end, by: itemCount) {
                guard let item = item(bytes, at: place, size: size) else { return nil }
                items.append(item)
            }
            return items
        }
    }

    private static func item(_ bytes: UnsafeRawBufferPointer, at place: Int, size: Int64) -> Item? {
        func number<N: FixedWidthInteger>(_ offset: Int, _: N.Type) -> N {
            N(bigEndian: bytes.loadUnaligned(fromByteOffset: place + ContentName.byteCount + offset, as: N.self))
        }
        let plain = number(0, UInt64.self), start = Int(number(8, UInt32.self)), count = Int(number(12, UInt32.self))
        guard let name = ContentName(bytes, at: place), let plain = Int64(exactly: plain), start + count <= size else {
            return nil
        }
        return Item(name: name, size: plain, place: start..<start + count)
    }
}

/// What a pack holds.
struct PackIndex {
    let items: [PackForm.Item]
}
