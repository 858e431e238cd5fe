package import BlobStore
import Disk
package import Index
package import LarderModel
import Migration
package import SnapshotRepository

/// What came of setting a Larder back.
package struct ReplacementResult: Sendable, Codable {
    /// The snapshot.
    package let snapshot: String
    /// The folder of the state before, and the bytes of its files: what both states have is on the disk once.
    package let before: String
    package let beforeBytes: Int64
    package let entries: Int64
    /// Contents, and those of them that were here and did not have to be carried.
    package let objects: Int64
    package let present: Int64
    /// Whether tokens, and the key that signs URLs, came from the snapshot; else they stay as they are.
    package let secrets: Bool
}

/// Sets a Larder that is being served back to a snapshot: makes the new state beside the present one, and declares it
/// whole. It counts from the next opening of the data directory on (``DataReplacement``).
///
/// Everything that can be refused is, before writing is paused. From then on clients' writes are refused, and reads go
/// on with the present state. Whatever fails leaves that, and writing goes on.
package struct SnapshotReplacement: Sendable {
    private let repository: Repository
    private let name: SnapshotName
    private let blobs: BlobStore
    private let local: Engines
    private let checkPolicies: @Sendable (String) throws -> Void
    private let pool: DiskPool

    /// Bytes of the index for each row, and for each byte of small content, about: for a guess at the room.
    private static let bytesOfRow: Int64 = 400

    /// - Parameters:
    ///   - local: the engines of a data directory.
    ///   - checkPolicies: looks whether those in a folder could be served with. Blocks.
    package init(
        _ name: SnapshotName, from repository: Repository, of blobs: BlobStore, local: Engines,
        checkPolicies: @escaping @Sendable (String) throws -> Void
    ) {
        self.name = name
        self.repository = repository
        self.blobs = blobs
        self.local = local
        self.checkPolicies = checkPolicies
        pool = blobs.pool
    }

    /// Looks whether this Larder can be set back to it, and changes nothing. Reads no more than its first line.
    /// - Throws: `LarderError` `.notImplemented` for an installation that is no data directory, `.conflict` for a
    ///   snapshot of another Larder, or of some stores only.
    package func check() async throws {
        guard blobs.isInDirectory else {
            throw LarderError(
                .notImplemented,
                "Only a Larder whose index and objects are in its data directory can be set back while it runs; use "
                    + "'larder backup restore ID --into DIR --index …' with a new database or bucket.")
        }
        try await pool.run { [blobs] in try DataReplacement.check(blobs.directory) }
        let own = try await blobs.larderID(orMake: SnapshotName.newLarder())
        guard name.larder == own else {
            throw LarderError(
                .conflict,
                "That snapshot is another Larder's (\(name.larder)), this one is \(own): restore it into a folder of "
                    + "its own with 'larder backup restore ID --into DIR'.")
        }
        let header = try await ManifestWalk(name.text, in: repository).header
        guard header.stores == nil, header.site == nil else {
            throw LarderError(
                .conflict,
                "That snapshot holds some stores only, so all others would be gone: restore it into a folder of its "
                    + "own with 'larder backup restore ID --into DIR'.")
        }
    }

    /// - Parameters:
    ///   - pause: what writers hear meanwhile.
    ///   - job: the job's number: it is remembered in the new state, as all jobs are that have ended.
    ///   - report: called often.
    ///   - ending: what is written into the new state at last.
    /// - Returns: what came of it. Writing stays paused then.
    /// - Throws: `LarderError`, `CancellationError`: nothing has changed.
    package func run(
        pause: LarderError, job: Int64, report: @escaping @Sendable (JobProgress) -> Void,
        ending: @escaping @Sendable (ReplacementResult, IndexTransaction) throws -> Void
    ) async throws -> ReplacementResult {
        let counted = ReplacementProgress(report)
        let reading = restore(into: "", counted)
        let prepared = try await reading.prepare()
        counted.objects = Int64(prepared.plan.objects.count)
        counted.rows = prepared.plan.rowCount
        let present = try await presentObjects(prepared)
        try checkRoom(prepared, present.bytes)
        let replacement = try await pool.run { [blobs] in
            try DataReplacement(of: blobs.directory, at: blobs.now)
        }
        blobs.pauseWriting(pause)
        do {
            let restored = try await restore(into: replacement.path, counted).carryOut(prepared)
            try Task.checkCancellation()
            try await keepPresent(replacement.path, hasSecrets: restored.header.secrets, job)
            try await keepPolicies(replacement.path, prepared.plan)
            let size = try await pool.run { try replacement.sizeNow() }
            let result = ReplacementResult(
                snapshot: name.text, before: replacement.before, beforeBytes: size,
                entries: restored.header.counts.entries, objects: restored.objects, present: present.count,
                secrets: restored.header.secrets)
            try await end(replacement.path, result, ending)
            try Task.checkCancellation()
            try await pool.run { [blobs] in
                try replacement.finish(
                    ReplacementNote(
                        snapshot: name.text, at: blobs.now.milliseconds, before: replacement.before, bytes: size,
                        older: try blobs.directory.replaced()?.before))
            }
            return result
        } catch {
            try? await pool.run { replacement.takeBack() }
            blobs.resumeWriting()
            throw error
        }
    }

    private func restore(into path: String, _ counted: ReplacementProgress) -> SnapshotRestore {
        SnapshotRestore(
            name.text, from: repository,
            to: MigrationTarget(
                index: local.index(DataDirectory.indexPath(in: path)), directory: path, objects: nil),
            local: local, directory: path, skipsDamaged: false, present: blobs
        ) { counted.take($0) }
    }

    // MARK: Room

    /// Large contents that are here already.
    private func presentObjects(_ prepared: SnapshotRestore.Prepared) async throws -> (count: Int64, bytes: Int64) {
        var count: Int64 = 0, bytes: Int64 = 0
        let plan = prepared.plan
        for place in 0..<plan.objects.count {
            let object = plan.objects[place]
            guard prepared.contents.isOnlyLarge(object.digest, object.encoding),
                try await blobs.holds(object.digest, object.encoding)
            else { continue }
            count += 1
            bytes += object.storedSize
        }
        return (count, bytes)
    }

    private func checkRoom(_ prepared: SnapshotRestore.Prepared, _ present: Int64) throws {
        let plan = prepared.plan
        let needed = plan.header.counts.storedBytes - present + plan.rowCount * Self.bytesOfRow
        blobs.diskGuard.sample()
        let room = blobs.diskGuard.freeBytes - blobs.diskGuard.floorBytes
        guard needed <= room else {
            throw LarderError(
                .diskFull,
                "The snapshot needs some \(needed / 1_000_000 + 1) MB beside what is here, and the disk has "
                    + "\(max(room, 0) / 1_000_000) MB for it; nothing was changed.")
        }
    }

    // MARK: What stays

    /// Copies what the new state has of the present one: the jobs that have ended, and, unless they come from the
    /// snapshot, tokens, sessions and secrets.
    private func keepPresent(_ path: String, hasSecrets: Bool, _ job: Int64) async throws {
        let index = try await pool.run { try OfflineIndex(local.index(DataDirectory.indexPath(in: path))) }
        do {
            var tables = ["jobs"]
            if !hasSecrets { tables.append("tokens") }
            for table in OfflineIndex.tables where tables.contains(table.name) { try await copy(table, to: index, job) }
            if !hasSecrets {
                try await copy(OfflineIndex.sessions, to: index, job)
                let secrets = try await blobs.secrets()
                try await pool.run {
                    let directory = try DataDirectory(path)
                    defer { directory.release() }
                    let files = IndexFact.secretFiles(in: directory)
                    for (fact, text) in secrets { try files[fact]?.replace(text) }
                }
            }
            try await pool.run { index.close() }
        } catch {
            try? await pool.run { index.close() }
            throw error
        }
    }

    /// Policies that are in force here already, and not because an earlier restore has brought them, go on to come from
    /// where they do.
    /// - Throws: `LarderError` `.invalidPolicy` for those that no server could be started with.
    private func keepPolicies(_ path: String, _ plan: SnapshotPlan) async throws {
        let here = DataDirectory.policiesPath(in: blobs.directory.path), there = DataDirectory.policiesPath(in: path)
        let isInForce = Set(blobs.policies.files) == Set(plan.policies)
        try await pool.run {
            if isInForce, try FileSystem.identity(here) == nil {
                try FileSystem.removeTree(there)
            } else if try FileSystem.identity(there) != nil {
                try checkPolicies(there)
            }
        }
    }

    /// - Parameter job: of those that are under way, the only one that goes along.
    private func copy(_ table: SchemaTable, to index: OfflineIndex, _ job: Int64) async throws {
        let rows = try await blobs.look { reader in
            var rows: [CopiedRow] = []
            try reader.eachRow(of: table) { rows.append($0) }
            return rows
        }
        let wanted = rows.filter { row in
            guard let state = table.index(of: "state"), let id = table.index(of: "id") else { return true }
            return row.values[state] != .bytes(Array("running".utf8)) || row.values[id] == .integer(job)
        }
        try await pool.run { try index.insert(wanted, into: table) }
    }

    /// Opens the new index as a server does, and writes the last words into it.
    private func end(
        _ path: String, _ result: ReplacementResult,
        _ ending: @escaping @Sendable (ReplacementResult, IndexTransaction) throws -> Void
    ) async throws {
        let last = try await blobs.look { try $0.fact(.backup) }
        let index = try await pool.run {
            try EntryIndex(engine: local.index(DataDirectory.indexPath(in: path)), clock: blobs.clock) { _ in nil }
        }
        do {
            try await index.write { transaction in
                if let last { try transaction.note(.backup, last) }
                try ending(result, transaction)
            }
            try await pool.run { index.close() }
        } catch {
            try? await pool.run { index.close() }
            throw error
        }
    }
}
