package import BlobStore
import Disk
import Index
import LarderModel
import Objects
package import SnapshotRepository

/// Makes one snapshot, step by step: ``carry()`` until that has no more, and ``finish()``.
///
/// The order is what makes it safe: rows are read in one transaction; content that they name is carried to the
/// repository; the manifest, which makes it a snapshot, comes last. Whoever is killed in between leaves content in the
/// repository that the next one finds there, or a pruning removes. Content that the rows name stays here meanwhile:
/// see ``BlobStore/removeUnreferenced(_:thenMark:since:_:)``.
///
/// Used by one task at a time.
package struct SnapshotMaker: Sendable {
    private let blobs: BlobStore
    private let repository: Repository
    private let order: SnapshotOrder
    private let lock: RepositoryLock
    private let name: SnapshotName
    private let parent: String?
    private let spool: ManifestSpool
    private let packer: Packer
    /// Small contents that are left, and what was read of them and not carried yet.
    private var small = 0
    private var pending: [UInt8] = []
    private var large: ArraySlice<SnapshotObject> = []
    /// Where to read on in the spool.
    private var offset: Int64 = 0
    private var isSmallWritten = false
    package private(set) var outcome = SnapshotOutcome()

    /// Bytes of small contents, and large contents, that are carried in a step.
    private static let smallPiece = 1 << 20, largeAtOnce = 4
    private static let damagedMax = 1_000
    private static let pieceSize = 512 << 10

    /// Takes a lock of the repository, looks what is there, and reads the rows in one transaction.
    /// - Throws: `LarderError` `.conflict` when somebody else prunes it; what the repository throws.
    package init(_ order: SnapshotOrder, of blobs: BlobStore, in repository: Repository) async throws {
        self.blobs = blobs
        self.repository = repository
        self.order = order
        let larder = try await blobs.larderID(orMake: SnapshotName.newLarder())
        lock = try await repository.lock(.writing, larder: larder, clock: blobs.clock)
        do {
            let last = try await SnapshotCatalog(repository).names(of: larder).last
            name = .new(at: blobs.now, larder: larder, behind: last)
            parent = last?.text
            spool = try await lock.whileRenewing {
                try await Self.capture(order, blobs, try await repository.contents())
            }
            packer = repository.makePacker()
        } catch {
            await lock.release()
            throw error
        }
        small = spool.smallCount
        large = spool.large[...]
        outcome.counts = spool.counts
        outcome.takenOver = lock.takenOver
    }

    // MARK: Rows

    private static func capture(
        _ order: SnapshotOrder, _ blobs: BlobStore, _ contents: RepositoryContents
    ) async throws -> ManifestSpool {
        let folder = blobs.directory.incomingPath
        let policies = order.stores == nil && order.site == nil ? blobs.policies.files : []
        let secrets = order.hasSecrets ? try await blobs.secrets() : [:]
        return try await blobs.look { reader in
            var spool = try ManifestSpool(in: folder)
            for file in policies { try spool.add(file) }
            for (secret, value) in secrets.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                try spool.add(secret, value)
            }
            let scope = SnapshotScope(stores: try numbers(of: order, reader), hasSecrets: order.hasSecrets)
            try spool.fill(from: reader, scope) { contents.contains($0, $1) }
            return spool
        }
    }

    /// - Returns: nil: all stores.
    private static func numbers(of order: SnapshotOrder, _ reader: IndexReader) throws -> [Int64]? {
        guard order.stores != nil || order.site != nil else { return nil }
        let wanted = try reader.storeHandles().filter { store in
            (order.site == nil || order.site == store.site)
                && (order.stores?.contains { $0.matches(store.name.bytes) } ?? true)
        }
        guard !wanted.isEmpty else {
            throw LarderError(.notFound, "No store is called like that; nothing was backed up.")
        }
        return wanted.map(\.id)
    }

    // MARK: Content

    package var remaining: Int { small + large.count }

    /// Carries some content to the repository.
    /// - Returns: whether there is more.
    package mutating func carry() async throws -> Bool {
        try await lock.renewIfDue()
        if small > 0 {
            try await carrySmall()
        } else if !isSmallWritten {
            try await packer.finish()
            outcome.newBytes += packer.bytesWritten
            isSmallWritten = true
        } else {
            try await carryLarge()
        }
        return !isSmallWritten || !large.isEmpty
    }

    /// Carries what another piece of the spool holds.
    private mutating func carrySmall() async throws {
        let start = offset, contents = spool.contents
        let piece = try await blobs.pool.run { try contents.read(at: start, count: Self.smallPiece) }
        guard !piece.isEmpty else {
            throw LarderError(.internalError, "what was spooled for the snapshot is not there any more")
        }
        offset += Int64(piece.count)
        pending += piece
        var at = 0
        while let content = PendingContent(pending[at...].prefix(PendingContent.headerCount)) {
            let begin = at + PendingContent.headerCount, end = begin + Int(content.storedSize)
            guard end <= pending.count else { break }
            try await carry(content, Array(pending[begin..<end]))
            at = end
            small -= 1
        }
        pending.removeFirst(at)
    }

    private mutating func carry(_ content: PendingContent, _ stored: [UInt8]) async throws {
        do {
            _ = try InlineObject.verifiedPlain(
                stored, encoding: content.encoding, size: content.size, digest: content.digest)
        } catch { return note(damaged: content.digest) }
        try await packer.add(content.digest, content.encoding, size: content.size, stored: stored)
        outcome.newObjects += 1
    }

    private mutating func carryLarge() async throws {
        let some = large.prefix(Self.largeAtOnce)
        let blobs = blobs, repository = repository, lock = lock
        let found = try await lock.whileRenewing {
            try await withThrowingTaskGroup(of: (Digest, Int64?).self) { group in
                for object in some {
                    group.addTask { (object.digest, try await Self.carry(object, from: blobs, to: repository)) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        for (digest, bytes) in found {
            guard let bytes else {
                note(damaged: digest)
                continue
            }
            outcome.newObjects += 1
            outcome.newBytes += bytes
        }
        large = large.dropFirst(some.count)
    }

    /// - Returns: bytes written; nil: it is damaged here, or gone.
    private static func carry(
        _ object: SnapshotObject, from blobs: BlobStore, to repository: Repository
    ) async throws -> Int64? {
        guard let source = try await blobs.source(of: object.digest, object.encoding) else { return nil }
        do {
            return try await repository.add(object.digest, object.encoding, size: object.size, from: source)
        } catch let error as LarderError where error.code == .corruptEntry { return nil }
    }

    private mutating func note(damaged digest: Digest) {
        guard outcome.damaged.count < Self.damagedMax else { return }
        outcome.damaged.append(digest.hex)
    }

    // MARK: The manifest

    /// Writes the manifest: from now on the snapshot is there.
    package mutating func finish() async throws {
        let header = SnapshotHeader(
            format: SnapshotHeader.formatMax, snapshot: name.text, version: order.version,
            schema: OfflineIndex.schemas.last ?? "", parent: parent, stores: order.stores?.map(\.text),
            site: order.site?.text, secrets: order.hasSecrets, counts: outcome.counts, newBytes: outcome.newBytes)
        let manifest = try repository.makeManifest(name.text)
        do {
            try await write(header, to: manifest)
            // Whoever took it for dead may have removed what this one names.
            try await lock.check()
            try await manifest.finish()
            outcome.newBytes += manifest.storedCount
        } catch {
            await manifest.discard()
            throw error
        }
        outcome.snapshot = name.text
        await lock.release()
    }

    private func write(_ header: SnapshotHeader, to manifest: ManifestWriter) async throws {
        var digest = LineDigest()
        func send(_ bytes: [UInt8]) async throws {
            digest.take(bytes)
            try await manifest.write(bytes)
        }
        try await send(try ManifestMark.line(of: header) + [UInt8(ascii: "\n")])
        let lines = spool.lines, size = spool.lines.size
        var at: Int64 = 0
        while at < size {
            let offset = at
            let piece = try await blobs.pool.run { try lines.read(at: offset, count: Self.pieceSize) }
            try await send(piece)
            at += Int64(piece.count)
            try await lock.renewIfDue()
        }
        var last = ManifestMark()
        last.end = .init(rows: spool.rowCount, sha256: digest.hex)
        try await manifest.write(try last.line + [UInt8(ascii: "\n")])
    }

    /// Lets go of the repository, when it is not to be finished.
    package func abandon() async { await lock.release() }
}
