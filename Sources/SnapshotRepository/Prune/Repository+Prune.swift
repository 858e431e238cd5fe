import Disk
import LarderModel
import NIOCore
import Objects

extension Repository {
    /// Of a pack's stored bytes, so many hundredths have to be kept, or it is written again without the others.
    private static let keptPercentMin = 50

    /// Removes contents that are not to be kept and are older than the grace: files of large ones; packs of which
    /// nothing is kept; packs of which less than half is kept are written again, and the old ones go when the new ones
    /// are durable. What can't be read, and what is not ours, is left alone. A kill in the middle does no harm.
    /// - Parameters:
    ///   - kept: everything that any manifest names, as read under this lock.
    ///   - grace: by the storage's own clock.
    ///   - lock: for ``RepositoryLock/Purpose/pruning``.
    /// - Throws: `LarderError`, `.conflict` when the lock was lost.
    package func removeContents(
        keeping kept: KeptContents, grace: Duration, under lock: RepositoryLock
    ) async throws -> PruneOutcome {
        let oldest = try await lock.storageTime() - grace
        let (packed, large) = try await pool.run { [key] in kept.sorted(key) }
        var outcome = PruneOutcome()
        let stale = try await storage.list(ObjectName.folder).filter { file in
            guard file.modifiedAt < oldest, let name = ObjectName(path: file.name)?.name else { return false }
            return !large.holds(name)
        }
        try await remove(stale, under: lock)
        outcome.objects = stale.count
        outcome.bytesFreed = stale.reduce(0) { $0 + $1.size }
        try await prunePacks(keeping: packed, before: oldest, under: lock, &outcome)
        outcome.remains = try await storage.removeRemains(before: oldest)
        return outcome
    }

    private func remove(_ files: [RepositoryFile], under lock: RepositoryLock) async throws {
        for start in stride(from: 0, to: files.count, by: Self.filesAtOnce) {
            // Each time: who took the lock over may count on what would go now.
            try await lock.check()
            try await lock.renewIfDue()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for file in files[start..<min(start + Self.filesAtOnce, files.count)] {
                    group.addTask { [storage] in try await storage.remove(file.name) }
                }
                try await group.waitForAll()
            }
        }
    }

    private func prunePacks(
        keeping kept: [ContentName], before oldest: Timestamp, under lock: RepositoryLock,
        _ outcome: inout PruneOutcome
    ) async throws {
        let old = try await storage.list(PackForm.folder).filter { $0.modifiedAt < oldest }
        var empty: [RepositoryFile] = [], thin: [RepositoryFile] = []
        try await eachPack(old) { pack, index in
            try await lock.renewIfDue()
            guard let index else { return outcome.damaged.append(pack.name) }
            let bytes = index.items.reduce(0) { $0 + $1.place.count }
            let keptItems = index.items.filter { kept.holds($0.name) }
            let keptBytes = keptItems.reduce(0) { $0 + $1.place.count }
            if keptItems.isEmpty {
                empty.append(pack)
            } else if keptBytes * 100 < bytes * Self.keptPercentMin {
                thin.append(pack)
            }
        }
        try await remove(empty, under: lock)
        outcome.packs += empty.count
        outcome.bytesFreed += empty.reduce(0) { $0 + $1.size }
        try await rewrite(thin, keeping: kept, under: lock, &outcome)
    }

    /// Packs are written anew out of what is kept of the old ones, which go at the end.
    private func rewrite(
        _ packs: [RepositoryFile], keeping kept: [ContentName], under lock: RepositoryLock,
        _ outcome: inout PruneOutcome
    ) async throws {
        let packer = makePacker()
        var done: [RepositoryFile] = []
        for pack in packs {
            try await lock.renewIfDue()
            let found = try await readForPrune(pack) { kept.holds(ContentName($0, $1)) }
            guard let found else {
                outcome.damaged.append(pack.name)
                continue
            }
            for content in found {
                try await packer.add(
                    content.digest, content.encoding, size: content.size, stored: content.stored)
            }
            done.append(pack)
        }
        try await packer.finish()
        try await remove(done, under: lock)
        outcome.rewritten = done.count
        outcome.bytesFreed += done.reduce(0) { $0 + $1.size } - packer.bytesWritten
    }
}
