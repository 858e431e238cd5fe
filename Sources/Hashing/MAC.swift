#if canImport(CryptoKit)
import CryptoKit
#else
import CLibcrypto
#endif

/// HMAC (RFC 2104).
package enum MAC {
    /// - Parameters:
    ///   - bytes: what is to be vouched for.
    ///   - key: the secret, of any length.
    /// - Returns: 32 bytes, by SHA-256; compare them in constant time.
    package static func sha256(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        #if canImport(CryptoKit)
        Array(HMAC<CryptoKit.SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: key)))
        #else
        [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { code, count in
            let made = HMAC(EVP_sha256(), key, Int32(key.count), bytes, bytes.count, code.baseAddress, nil)
            precondition(made != nil, "libcrypto has no HMAC with SHA-256")
            count = SHA256.byteCount
        }
        #endif
    }
}
