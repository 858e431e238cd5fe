import Gzip
import Hashing
package import LarderModel
import Synchronization

/// Small content, which is kept in the index: hashing, compressing and checking it in memory.
package enum InlineObject {
    /// Content below this is kept plain: it fills less than a packet, and there is little to save.
    package static let compressMin = 1_400

    /// Encoders that are idle; making one costs 260 KB and 20 µs. At most as many as ever worked at once.
    private static let idle = Mutex<[Idle]>([])
    private struct Idle: @unchecked Sendable {
        // Handed from one owner to the next through the mutex, never shared.
        let encoder: GzipEncoder
    }

    /// Up to 32 KiB: about 25 µs for a kilobyte that stays plain, 0.4 ms for 32 KiB of text.
    /// - Parameter compression: the store's policy.
    package static func stage(_ plain: [UInt8], contentType: String, compression: Policy.Compression) -> StagedObject {
        let hash = plain.withUnsafeBytes { SHA256.hash(data: $0) }
        guard let digest = Digest(Array(hash)) else { preconditionFailure("SHA-256 has 32 bytes") }
        let packed = wantsGzip(plain.count, contentType, compression) ? compress(plain) : nil
        if let packed, compression == .always || packed.count * 10 <= plain.count * 9, unpacks(packed, to: plain) {
            return StagedObject(
                digest: digest, size: Int64(plain.count), storedSize: Int64(packed.count), encoding: .gzip,
                content: .inline(stored: packed, plain: plain))
        }
        return StagedObject(
            digest: digest, size: Int64(plain.count), storedSize: Int64(plain.count), encoding: .identity,
            content: .inline(stored: plain, plain: plain))
    }

    /// Whether staging this would compress, and so is better not done on an event loop.
    package static func wantsGzip(_ size: Int, _ contentType: String, _ compression: Policy.Compression) -> Bool {
        switch compression {
        case .never: false
        case .always: size > 0
        case .auto: size >= compressMin && !MediaType.isCompressed(contentType)
        }
    }

    /// The gzip form of small content.
    package static func compress(_ plain: [UInt8]) -> [UInt8] {
        let encoder = idle.withLock { $0.popLast() } ?? Idle(encoder: GzipEncoder())
        defer { idle.withLock { $0.append(encoder) } }
        return plain.withUnsafeBytes { Gzip.encode($0, with: encoder.encoder) }
    }

    /// Promise 3: what was compressed must come back as it was before anything names it.
    private static func unpacks(_ packed: [UInt8], to plain: [UInt8]) -> Bool {
        (try? Gzip.decode(packed, limit: plain.count)) == plain
    }

    /// The plain content of a stored small object, checked against its name.
    /// - Throws: `LarderError` `.corruptEntry`.
    package static func verifiedPlain(_ stored: [UInt8], encoding: Encoding, size: Int64, digest: Digest)
        throws(LarderError) -> [UInt8]
    {
        let plain = encoding == .gzip ? try Gzip.decode(stored, limit: Int(size)) : stored
        let hash = plain.withUnsafeBytes { SHA256.hash(data: $0) }
        guard plain.count == size, Digest(Array(hash)) == digest else {
            throw ObjectStore.corrupt(digest, "the row's content does not hash to its name")
        }
        return plain
    }
}
