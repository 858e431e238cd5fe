import Disk
package import LarderModel
import NIOCore
import Objects

/// What keeps snapshots:
///
///     config.json                  which format, since when, whether encrypted
///     objects/ab/ab34….gz|.bin     large content by its digest and form; encrypted: by an HMAC of both, .bin
///     packs/ab/ab12….pack          small content, many in one file (``PackForm``)
///     snapshots/<name>.json.gz     manifests: what a snapshot holds
///     locks/<id>.json              who writes or prunes (``RepositoryLock``)
///
/// It knows digests and bytes, and nothing of entries. The order of a write: content first, the manifest last, and each
/// file is whole before it is seen; so a kill or a power cut at any step leaves everything readable that a manifest
/// names, and at most content that none does. The order of a removal: the manifest first, then content, once it is old
/// enough and nobody writes; of a pack that is written again, the new one before the old one goes.
package final class Repository: Sendable {
    package let storage: any RepositoryStorage
    let key: RepositoryKey?
    /// Which repository it is: 32 hexadecimal digits.
    package let id: String
    /// When it was made, by the clock of who did.
    package let createdAt: Timestamp

    /// Bytes that are read or written at a time.
    static let pieceSize = 512 << 10
    /// Files that are read or removed at once.
    static let filesAtOnce = 4
    /// Large contents that are best added at once.
    package static let objectsAtOnce = 4

    init(_ storage: any RepositoryStorage, _ key: RepositoryKey?, _ config: RepositoryConfig) {
        self.storage = storage
        self.key = key
        id = config.id
        createdAt = config.createdAt
    }

    /// Where it is, for people, without a secret.
    package var place: String { storage.place }
    package var isEncrypted: Bool { key != nil }
    var pool: DiskPool { storage.pool }

    // MARK: Files

    /// A file's plain bytes; nil: there is none.
    /// - Throws: `LarderError`, `.corruptEntry` when it is encrypted and not authentic.
    func source(_ name: String) async throws -> (any ObjectSource)? {
        guard let source = try await storage.open(name) else { return nil }
        guard let key else { return source }
        let sealed = try await SealedSource(source, name, key, pool: pool)
        // Who finds nothing to read would not find out that it is not authentic.
        if sealed.stamp.size == 0 { _ = try await sealed.read(at: 0, count: 1) }
        return sealed
    }

    /// A file that is to be written, sealed where the repository is encrypted.
    func sink(_ name: String) -> any RepositorySink {
        let sink = storage.makeSink(name)
        guard let key else { return sink }
        return SealedSink(sink, name, key, pool: pool)
    }

    static func randomBytes(_ count: Int) -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
    }

    /// 32 hexadecimal digits that nobody else has.
    static func randomName() -> String { randomBytes(16).hex }
}
