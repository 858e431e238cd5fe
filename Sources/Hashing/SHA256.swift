#if canImport(CryptoKit)
import CryptoKit
#else
import CLibcrypto
#endif

/// SHA-256 (FIPS 180-4), by the system's libcrypto; on Apple's systems by CryptoKit. A value: a copy goes on by itself.
package struct SHA256: Sendable {
    /// Bytes of a digest.
    package static let byteCount = 32
    /// Bytes that it works on at a time.
    static let blockByteCount = 64

    #if canImport(CryptoKit)
    private var context = CryptoKit.SHA256()

    package init() {}

    /// Takes in the next bytes.
    package mutating func update(bufferPointer bytes: UnsafeRawBufferPointer) { context.update(bufferPointer: bytes) }

    /// The digest of all bytes so far; more may follow.
    /// - Returns: 32 bytes.
    package func finalize() -> [UInt8] { Array(context.finalize()) }
    #else
    private var context = SHA256_CTX()

    package init() { SHA256_Init(&context) }

    /// Takes in the next bytes.
    package mutating func update(bufferPointer bytes: UnsafeRawBufferPointer) {
        SHA256_Update(&context, bytes.baseAddress, bytes.count)
    }

    /// The digest of all bytes so far; more may follow.
    /// - Returns: 32 bytes.
    package func finalize() -> [UInt8] {
        var context = context
        return [UInt8](unsafeUninitializedCapacity: Self.byteCount) { digest, count in
            SHA256_Final(digest.baseAddress, &context)
            count = Self.byteCount
        }
    }
    #endif

    /// Takes in the next bytes.
    package mutating func update(data: [UInt8]) { data.withUnsafeBytes { update(bufferPointer: $0) } }

    /// The digest of some bytes.
    package static func hash(data: UnsafeRawBufferPointer) -> [UInt8] {
        var hash = SHA256()
        hash.update(bufferPointer: data)
        return hash.finalize()
    }

    /// The digest of some bytes.
    package static func hash(data: [UInt8]) -> [UInt8] { data.withUnsafeBytes { hash(data: $0) } }
}
