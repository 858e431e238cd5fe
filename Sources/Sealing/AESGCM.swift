#if canImport(CryptoKit)
import CryptoKit
import Foundation
#else
import CLibcrypto
#endif

/// AES-256-GCM (NIST SP 800-38D): what nobody reads or alters without the key. By the system's libcrypto; on Apple's
/// systems by CryptoKit.
package struct AESGCM: Sendable {
    /// The bytes are not what was sealed with this key, nonce and context.
    package struct Forged: Error {}

    /// Bytes of a key, of a nonce, and of the tag that each sealed text ends with.
    package static let keyCount = 32
    package static let nonceCount = 12
    package static let tagCount = 16

    private let key: [UInt8]

    /// - Parameter key: ``keyCount`` bytes.
    package init(key: [UInt8]) {
        precondition(key.count == Self.keyCount, "a key has 32 bytes")
        self.key = key
    }

    #if canImport(CryptoKit)
    /// - Parameters:
    ///   - nonce: ``nonceCount`` bytes, never twice with the same key.
    ///   - context: what is authenticated with it and not kept in it; may be empty.
    /// - Returns: as many bytes as there were, and the tag.
    package func seal(_ plain: [UInt8], nonce: [UInt8], context: [UInt8] = []) -> [UInt8] {
        guard
            let box = try? AES.GCM.seal(
                plain, using: SymmetricKey(data: key), nonce: AES.GCM.Nonce(data: nonce), authenticating: context)
        else { preconditionFailure("a nonce has 12 bytes") }
        return Array(box.ciphertext + box.tag)
    }

    /// - Returns: what was sealed.
    /// - Throws: ``Forged``.
    package func open(_ sealed: [UInt8], nonce: [UInt8], context: [UInt8] = []) throws(Forged) -> [UInt8] {
        do {
            let box = try AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: nonce), ciphertext: sealed.dropLast(Self.tagCount),
                tag: sealed.suffix(Self.tagCount))
            return Array(try AES.GCM.open(box, using: SymmetricKey(data: key), authenticating: context))
        } catch { throw Forged() }
    }
    #else
    /// - Parameters:
    ///   - nonce: ``nonceCount`` bytes, never twice with the same key.
    ///   - context: what is authenticated with it and not kept in it; may be empty.
    /// - Returns: as many bytes as there were, and the tag.
    package func seal(_ plain: [UInt8], nonce: [UInt8], context: [UInt8] = []) -> [UInt8] {
        let cipher = Cipher(key: key, nonce: nonce, seals: true)
        cipher.authenticate(context)
        return [UInt8](unsafeUninitializedCapacity: plain.count + Self.tagCount) { target, count in
            cipher.turn(plain[...], into: target)
            precondition(cipher.finish(), "AES-GCM can't end")
            cipher.readTag(into: target, at: plain.count)
            count = plain.count + Self.tagCount
        }
    }

    /// - Returns: what was sealed.
    /// - Throws: ``Forged``.
    package func open(_ sealed: [UInt8], nonce: [UInt8], context: [UInt8] = []) throws(Forged) -> [UInt8] {
        guard sealed.count >= Self.tagCount else { throw Forged() }
        let cipher = Cipher(key: key, nonce: nonce, seals: false)
        cipher.authenticate(context)
        var isTrue = false
        let plain = [UInt8](unsafeUninitializedCapacity: max(1, sealed.count - Self.tagCount)) { target, count in
            cipher.turn(sealed.dropLast(Self.tagCount), into: target)
            cipher.expect(tag: Array(sealed.suffix(Self.tagCount)))
            isTrue = cipher.finish()
            count = sealed.count - Self.tagCount
        }
        guard isTrue else { throw Forged() }
        return plain
    }
    #endif
}

#if !canImport(CryptoKit)
/// One turn of the cipher in libcrypto. What can fail here fails only without memory.
private final class Cipher {
    private let context: OpaquePointer
    private let seals: Bool

    init(key: [UInt8], nonce: [UInt8], seals: Bool) {
        precondition(nonce.count == AESGCM.nonceCount, "a nonce has 12 bytes")
        guard let context = EVP_CIPHER_CTX_new() else { preconditionFailure("no memory for a cipher") }
        self.context = context
        self.seals = seals
        let begun = EVP_CipherInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce, seals ? 1 : 0)
        precondition(begun == 1, "libcrypto has no AES-256-GCM")
    }

    deinit { EVP_CIPHER_CTX_free(context) }

    func authenticate(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        var count: Int32 = 0
        precondition(EVP_CipherUpdate(context, nil, &count, bytes, Int32(bytes.count)) == 1, "AES-GCM failed")
    }

    func turn(_ bytes: ArraySlice<UInt8>, into target: UnsafeMutableBufferPointer<UInt8>) {
        guard !bytes.isEmpty else { return }
        var count: Int32 = 0
        let done = bytes.withUnsafeBufferPointer {
            EVP_CipherUpdate(context, target.baseAddress, &count, $0.baseAddress, Int32($0.count))
        }
        precondition(done == 1 && count == bytes.count, "AES-GCM failed")
    }

    /// - Returns: false when the tag is wrong that was to be expected.
    func finish() -> Bool {
        var rest = [UInt8](repeating: 0, count: AESGCM.tagCount)
        var count: Int32 = 0
        return EVP_CipherFinal_ex(context, &rest, &count) == 1
    }

    func expect(tag: [UInt8]) {
        var tag = tag
        let set = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, Int32(tag.count), &tag)
        precondition(set == 1, "AES-GCM failed")
    }

    func readTag(into target: UnsafeMutableBufferPointer<UInt8>, at offset: Int) {
        let place = target.baseAddress.map { $0 + offset }
        let got = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, Int32(AESGCM.tagCount), place)
        precondition(got == 1, "AES-GCM failed")
    }
}
#endif
