import Hashing

/// Keys out of a secret: HKDF (RFC 5869) with SHA-256.
package enum HKDF {
    /// - Parameters:
    ///   - secret: of any length; as hard to guess as the keys have to be.
    ///   - salt: makes keys of the same secret differ; may be known to everybody, and empty.
    ///   - info: what the key is for.
    ///   - count: bytes of the key, 1 to 8,160.
    package static func key(from secret: [UInt8], salt: [UInt8] = [], info: [UInt8], count: Int = 32) -> [UInt8] {
        precondition((1...255 * SHA256.byteCount).contains(count), "HKDF gives 1 to 8,160 bytes")
        let extracted = MAC.sha256(secret, key: salt)
        var key: [UInt8] = []
        var block: [UInt8] = []
        var number: UInt8 = 1
        while key.count < count {
            block = MAC.sha256(block + info + [number], key: extracted)
            key += block
            number &+= 1
        }
        return Array(key.prefix(count))
    }
}
