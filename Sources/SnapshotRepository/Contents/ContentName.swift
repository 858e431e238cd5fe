import LarderModel

/// What one content is called in memory: 32 bytes and its form. 33 bytes that take 40 in an array; compared in a few
/// instructions. Of a pack's content it is the digest; of an encrypted repository's large content the HMAC.
struct ContentName: Comparable, Hashable, Sendable {
    private let a, b, c, d: UInt64
    let encoding: Encoding

    /// Bytes on the disk.
    static let byteCount = 33

    /// - Parameter bytes: exactly 32, or nil is returned.
    init?(_ bytes: some Collection<UInt8>, _ encoding: Encoding) {
        guard bytes.count == Digest.byteCount else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
        (a, b, c, d) = (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
        self.encoding = encoding
    }

    init(_ digest: Digest, _ encoding: Encoding) {
        guard let name = ContentName(digest.bytes, encoding) else { preconditionFailure("a digest has 32 bytes") }
        self = name
    }

    /// As it stands in a pack's index.
    /// - Parameter bytes: ``byteCount`` of them from there on. nil: a form that this program doesn't know.
    init?(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        func word(_ place: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + place, as: UInt64.self))
        }
        guard let encoding = Encoding(rawValue: Int(bytes[offset + Digest.byteCount])) else { return nil }
        (a, b, c, d) = (word(0), word(8), word(16), word(24))
        self.encoding = encoding
    }

    /// The 32 bytes.
    var bytes: [UInt8] {
        withUnsafeBytes(of: (a.bigEndian, b.bigEndian, c.bigEndian, d.bigEndian)) { Array($0) }
    }

    /// The same as a digest.
    var digest: Digest {
        guard let digest = Digest(bytes) else { preconditionFailure("a digest has 32 bytes") }
        return digest
    }

    static func < (x: ContentName, y: ContentName) -> Bool {
        if x.a != y.a { return x.a < y.a }
        if x.b != y.b { return x.b < y.b }
        if x.c != y.c { return x.c < y.c }
        if x.d != y.d { return x.d < y.d }
        return x.encoding.rawValue < y.encoding.rawValue
    }
}

extension [ContentName] {
    /// Whether one is among them, which are sorted.
    func holds(_ name: ContentName) -> Bool {
        var low = 0, high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < name { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low] == name
    }
}
