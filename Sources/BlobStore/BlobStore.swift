package import Disk
package import Index
package import LarderModel
package import Logging
import NIOCore
package import Objects
import Synchronization

/// The engine: entries are objects plus index rows.
///
/// The order of a write, which is the product (contract §2): content received, hashed, compressed and unpacked again →
/// its file fsynced, renamed, directory fsynced (small content: none of it, it travels in the row) → row committed with
/// an fsync, conditions decided in that same transaction → cache told → caller told.
///
/// Nothing above it knows the index or the objects. Other engines change rows of their own subject by ``change(_:_:)``
/// and read them by ``look(_:)``.
package final class BlobStore: Sendable {
    package let directory: DataDirectory
    package let policies: PolicyBook
    package let diskGuard: DiskGuard
    let reserve: DiskReserve
    /// Levels of nesting in JSON that comes from outside (``JSONText/check(_:maxDepth:)``).
    package let jsonDepth: Int
    package let statistics: StoreStatistics
    /// Where whatever waits for the disk, or computes for long, runs.
    package let pool: DiskPool
    /// Whether the installation's secrets belong into the index: other machines may share that.
    package let keepsSecrets: Bool
    let index: EntryIndex
    let objects: ObjectStore
    let logger: Logger
    let patching = KeyedLock<EntryName>()
    let slides = SlideNotes()
    /// When the index was last asked whether it answers.
    let indexCheckedAt = Mutex<ContinuousClock.Instant?>(nil)
    let preparing = Mutex<[any PreparingWatcher]>([])

    /// Opens the store in a data directory that this process holds. Blocks.
    /// - Throws: `LarderError` for the person who starts the server.
    /// - Parameters:
    ///   - engine: keeps the index.
    ///   - node: what this process says of itself to others that have the index open.
    ///   - backend: where objects lie.
    ///   - pool: the threads that may block.
    ///   - jsonDepth: levels of nesting in JSON that comes from outside.
    ///   - minFree: room on the disk below which nothing is written; nil: the default of ``DiskGuard``.
    package init(
        directory: DataDirectory, engine: any SQLEngine, node: NodeIdentity = .unnamed, backend: any ObjectBackend,
        pool: DiskPool, policies: PolicyBook, clock: WallClock = .system, jsonDepth: Int = JSONText.depthDefault,
        minFree: ByteCount? = nil, logger: Logger
    ) throws(LarderError) {
        self.directory = directory
        self.policies = policies
        self.logger = logger
        self.jsonDepth = jsonDepth
        diskGuard = DiskGuard(directory: directory, floor: minFree)
        reserve = DiskReserve(directory)
        diskGuard.sample()
        reserve.fill(diskGuard)
        self.pool = pool
        objects = ObjectStore(backend, pool: pool)
        index = try EntryIndex(
            engine: engine, node: node, clock: clock,
            keptVersions: { policies.rule(for: $0.key, in: policies.policy(for: $0.store)).versions },
            vaultRule: { policies.policy(for: $0).index?.rule })
        keepsSecrets = engine.isShared
        statistics = StoreStatistics(index.statistics)
        logAvailability()
        // An engine may have made its files here, and SQLite passes over a failing sync of the directory that names
        // them.
        do {
            try FileSystem.syncDirectory(directory.path)
            try directory.remember(index.files + [directory.path + "/objects"])
        } catch {
            index.close()
            throw LarderError(.internalError, "can't make the data directory \(directory.path) durable: \(error)")
        }
    }

    /// Finishes waiting writes and closes. Blocks.
    package func close() {
        index.close()
        objects.backend.close()
    }

    /// The clock that everything kept goes by.
    package var clock: WallClock { index.clock }
    package var now: Timestamp { index.clock.now() }
}
