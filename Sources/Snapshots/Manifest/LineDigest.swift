import Hashing
import LarderModel

/// SHA-256 over the lines of a manifest, their ends included.
struct LineDigest: Sendable {
    private var hash = SHA256()

    mutating func take(_ bytes: [UInt8]) { hash.update(data: bytes) }

    mutating func take(_ line: ArraySlice<UInt8>) {
        line.withUnsafeBytes { hash.update(bufferPointer: $0) }
        [UInt8(ascii: "\n")].withUnsafeBytes { hash.update(bufferPointer: $0) }
    }

    var hex: String { hash.finalize().hex }
}
