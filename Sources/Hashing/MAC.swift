#if canImport(CryptoKit)
import CryptoKit
#endif

/// HMAC (RFC 2104).
package enum MAC {
    /// - Parameters:
    ///   - bytes: what is to be vouched for.
    ///   - key: the secret, of any length.
    /// - Returns: 32 bytes, by SHA-256; compare them in constant time.
    package static func sha256(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        #if canImport(CryptoKit)
        return Array(HMAC<CryptoKit.SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: key)))
        #else
        // Libcrypto's own asks for the digest by name, which links the whole of it: 5 MB of a static binary.
        var block = key.count > SHA256.blockByteCount ? SHA256.hash(data: key) : key
        block += [UInt8](repeating: 0, count: SHA256.blockByteCount - block.count)
        var inner = SHA256(), outer = SHA256()
        inner.update(data: block.map { $0 ^ 0x36 })
        inner.update(data: bytes)
        outer.update(data: block.map { $0 ^ 0x5C })
        outer.update(data: inner.finalize())
        return outer.finalize()
        #endif
    }
}
