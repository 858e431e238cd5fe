import Index
package import LarderModel
package import SnapshotRepository

/// What came of a pruning.
package struct PruneResult: Sendable {
    /// Names of the snapshots that went, oldest first.
    package let removed: [String]
    /// How many of the same Larder are left.
    package let kept: Int
    package let content: PruneOutcome
    /// Who held a lock of the repository, and was dead.
    package let takenOver: [String]
}

/// Removes snapshots of one Larder that are kept no longer, and content that no snapshot of any Larder names.
///
/// Under a lock that no writer can have beside it. The manifests go first: a kill behind that leaves content that
/// nothing names, which the next pruning removes.
package struct SnapshotPruning: Sendable {
    private let repository: Repository
    private let larder: String
    private let retention: SnapshotRetention
    private let grace: Duration
    private let clock: WallClock
    /// By which the lock goes: a server's own is left from before, and a command's is nobody's but its own.
    private let holder: String
    private let pause: @Sendable (Duration) async throws -> Void

    /// For content that nothing names: how old its file must be.
    package static let graceDefault = Duration.seconds(3_600)

    /// - Parameters:
    ///   - pause: how to wait for the lock. Tests replace it.
    ///   - isServer: whether the Larder's server does it, which makes no snapshot meanwhile.
    package init(
        _ repository: Repository, larder: String, retention: SnapshotRetention, grace: Duration = graceDefault,
        clock: WallClock, isServer: Bool,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.pause = pause

        self.repository = repository
        self.larder = larder
        self.retention = retention
        self.grace = grace
        self.clock = clock
        holder = isServer ? larder : larder + "/" + SnapshotName.newLarder()
    }

    /// - Parameter isDryRun: whether only to say which snapshots would go.
    package func run(isDryRun: Bool = false) async throws -> PruneResult {
        let catalog = SnapshotCatalog(repository)
        if isDryRun {
            let names = try await catalog.names(of: larder)
            let kept = retention.kept(of: names)
            return PruneResult(
                removed: names.filter { !kept.contains($0) }.map(\.text), kept: kept.count, content: PruneOutcome(),
                takenOver: [])
        }
        let lock = try await repository.lock(.pruning, larder: holder, clock: clock, pause: pause)
        do {
            let result = try await lock.whileRenewing { try await prune(catalog, lock) }
            await lock.release()
            return result
        } catch {
            await lock.release()
            throw error
        }
    }

    private func prune(_ catalog: SnapshotCatalog, _ lock: RepositoryLock) async throws -> PruneResult {
        let names = try await catalog.names(of: larder)
        let kept = retention.kept(of: names)
        let removed = names.filter { !kept.contains($0) }
        for name in removed { try await repository.removeManifest(name.text) }
        var named = KeptContents()
        for name in try await catalog.names() {
            try await collect(from: name, into: &named)
            named.sort()
        }
        let content = try await repository.removeContents(keeping: named, grace: grace, under: lock)
        return PruneResult(
            removed: removed.map(\.text), kept: kept.count, content: content, takenOver: lock.takenOver)
    }

    /// What a snapshot names. It reads no further than that: the rows of objects come before most others.
    /// - Throws: `LarderError` when that can't be read: then nothing may be removed.
    private func collect(from name: SnapshotName, into named: inout KeptContents) async throws {
        do {
            var walk = try await ManifestWalk(name.text, in: repository)
            var isIn = false
            while let item = try await walk.next() {
                switch item {
                case .table(let table):
                    if isIn { return }
                    isIn = table.name == OfflineIndex.objects.name
                case .rows(let rows, let table) where isIn:
                    var objects = SnapshotObjects()
                    for row in rows where !objects.add(row, of: table) {
                        throw ManifestLines.damaged(name.text, "a row of objects is none")
                    }
                    for place in 0..<objects.count {
                        named.add(objects[place].digest, objects[place].encoding)
                    }
                default: break
                }
            }
        } catch let error as LarderError where error.code == .corruptEntry {
            throw LarderError(
                .corruptEntry,
                "\(error.message). No content is removed while it is there: nobody knows what it names. Remove its "
                    + "file from snapshots/ if it can't be mended.")
        }
    }
}
