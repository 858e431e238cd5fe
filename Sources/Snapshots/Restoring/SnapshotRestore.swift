package import BlobStore
import Disk
import Index
import LarderModel
package import Migration
package import SnapshotRepository

/// What came of a restore.
package struct RestoreResult: Sendable {
    package var header: SnapshotHeader
    /// Rows by table.
    package var rows: [String: Int64] = [:]
    /// Contents, and their bytes as kept.
    package var objects: Int64 = 0
    package var bytes: Int64 = 0
    /// SHA-256 of contents that the repository lacks, or has damaged: what names them is there, and reads of it say so.
    package var damaged: [String] = []
}

/// How far a restore is.
package struct RestoreProgress: Sendable {
    package enum Phase: Sendable, Hashable { case reading, content, rows, comparing }

    package var phase: Phase
    package var done: Int64 = 0
    package var total: Int64 = 0
    package var bytes: Int64 = 0
}

/// Puts a snapshot into an empty place: the content first, then the rows, and at the end the mark is taken away that
/// keeps servers from what is not whole. One that is killed is simply run again.
package struct SnapshotRestore: Sendable {
    let repository: Repository
    let name: String
    let target: MigrationTarget
    let local: Engines
    let directory: String
    let skipsDamaged: Bool
    /// Where content may be had without a copy; nil: nowhere.
    let present: BlobStore?
    let report: @Sendable (RestoreProgress) -> Void

    /// Rows in a transaction of the target, and their bytes.
    private static let batchBytes = 4 << 20
    private static let namedMax = 3

    /// - Parameters:
    ///   - name: the snapshot's.
    ///   - local: the engines of a data directory.
    ///   - directory: the data directory; it has the index, unless that is elsewhere.
    ///   - skipsDamaged: whether the rest is restored where content is missing or damaged; else nothing is.
    ///   - present: a store on the same disk, whose content the new place may share; nil: there is none.
    ///   - report: called often.
    package init(
        _ name: String, from repository: Repository, to target: MigrationTarget, local: Engines,
        directory: String, skipsDamaged: Bool, present: BlobStore? = nil,
        report: @escaping @Sendable (RestoreProgress) -> Void
    ) {
        self.name = name
        self.repository = repository
        self.target = target
        self.local = local
        self.directory = directory
        self.skipsDamaged = skipsDamaged
        self.present = present
        self.report = report
    }

    /// - Parameter compares: whether every row and all content is read again afterwards and compared.
    /// - Throws: `LarderError`: its message is the one line to show.
    package func run(compares: Bool = false) async throws -> RestoreResult {
        try await carryOut(try await prepare(), compares: compares)
    }

    /// What is to be restored, read and looked for; nothing of it is written yet.
    struct Prepared: Sendable {
        let plan: SnapshotPlan
        let contents: RepositoryContents
        /// What the repository lacks.
        let missing: [Digest]
    }

    /// - Throws: `LarderError`: its message is the one line to show.
    func prepare() async throws -> Prepared {
        report(RestoreProgress(phase: .reading))
        let plan = try await SnapshotPlan(name, in: repository)
        let contents = try await repository.contents()
        let missing = plan.missing(from: contents)
        if !missing.isEmpty, !skipsDamaged { throw Self.refusal(missing.map(\.hex), name) }
        return Prepared(plan: plan, contents: contents, missing: missing)
    }

    /// Restores what was prepared.
    func carryOut(_ prepared: Prepared, compares: Bool = false) async throws -> RestoreResult {
        let plan = prepared.plan, contents = prepared.contents, missing = prepared.missing
        let hasLarge = (0..<plan.objects.count).contains {
            contents.isOnlyLarge(plan.objects[$0].digest, plan.objects[$0].encoding)
        }
        let pool = DiskPool()
        try await pool.run { try checkDirectory() }
        let opening = TargetOpening(target, local: local, spareDirectory: directory, pool: pool)
        let (side, isResumed) = try await opening.open(
            .init(identity: Array(plan.name.utf8), what: "restore of this snapshot", schema: plan.schema) {
                hasLarge
            })
        do {
            var result = try await fill(side, plan, contents, missing, isResumed: isResumed)
            if compares {
                try await SnapshotComparison(plan: plan, repository: repository, side: side, report: report)
                    .run(knownDamage: Set(result.damaged))
            }
            result.damaged.sort()
            await Self.close(side, pool)
            return result
        } catch {
            await Self.close(side, pool)
            throw error
        }
    }

    /// With the index elsewhere nobody else looks whether the directory is empty. What an earlier try left there may
    /// be.
    private func checkDirectory() throws {
        guard target.directory == nil, try FileSystem.identity(directory) != nil else { return }
        let left = ["lock", "incoming", "larder.id", "Stores"]
        guard try FileSystem.list(directory).allSatisfy({ left.contains($0) }) else {
            throw LarderError(.conflict, "\(directory) holds something already: choose an empty place")
        }
    }

    private static func close(_ side: MigrationSide, _ pool: DiskPool) async {
        try? await pool.run { side.close() }
        try? await pool.shutDown()
    }

    private static func refusal(_ damaged: [String], _ name: String) -> LarderError {
        let some = damaged.prefix(namedMax).joined(separator: ", ")
        return LarderError(
            .corruptEntry,
            "\(damaged.count) contents of the snapshot \(name) are missing from the repository, or damaged: \(some)"
                + (damaged.count > namedMax ? ", …" : "")
                + "; nothing was restored. With --skip-damaged all the rest is")
    }

    private func fill(
        _ side: MigrationSide, _ plan: SnapshotPlan, _ contents: RepositoryContents, _ missing: [Digest],
        isResumed: Bool
    ) async throws -> RestoreResult {
        if isResumed {
            guard plan.schema == OfflineIndex.schemas.count else {
                throw LarderError(
                    .conflict,
                    "\(side.index.place) holds a part of this snapshot, whose rows are those of an older larder: "
                        + "empty it and begin anew")
            }
            try await side.inIndex { try $0.removeRows() }
        }
        var result = RestoreResult(header: plan.header)
        let damaged = try await RestoredContent(
            plan: plan, contents: contents, repository: repository, side: side, present: present, report: report
        ).run(missing: missing)
        if !damaged.isEmpty, !skipsDamaged { throw Self.refusal(damaged.map(\.hex), name) }
        result.damaged = damaged.map(\.hex)
        result.objects = Int64(plan.objects.count - damaged.count)
        result.bytes = plan.header.counts.storedBytes
        try await insertRows(side, plan, &result)
        let tables = Set(result.rows.keys)
        try await side.inIndex { try $0.countReferences(in: tables) }
        try await keepRest(side, plan)
        return result
    }

    // MARK: Rows

    private func insertRows(_ side: MigrationSide, _ plan: SnapshotPlan, _ result: inout RestoreResult) async throws {
        var progress = RestoreProgress(phase: .rows, total: plan.rowCount - Int64(plan.objects.count))
        report(progress)
        var walk = try await ManifestWalk(name, in: repository)
        while let item = try await walk.next() {
            try Task.checkCancellation()
            guard case .rows(let rows, let table) = item else { continue }
            result.rows[table.name, default: 0] += Int64(rows.count)
            guard table.name != OfflineIndex.objects.name else { continue }
            try await side.inIndex { index in
                var some: [CopiedRow] = []
                var bytes = 0
                for row in rows {
                    some.append(row)
                    bytes += row.byteCount
                    guard bytes >= Self.batchBytes else { continue }
                    try index.insert(some, into: table)
                    some.removeAll(keepingCapacity: true)
                    bytes = 0
                }
                try index.insert(some, into: table)
            }
            progress.done += Int64(rows.count)
            report(progress)
        }
    }

    // MARK: The rest

    private func keepRest(_ side: MigrationSide, _ plan: SnapshotPlan) async throws {
        if !plan.policies.isEmpty {
            try await side.pool.run {
                let folder = DataDirectory.policiesPath(in: directory)
                try FileSystem.makeDirectories(folder)
                for file in plan.policies {
                    guard !file.name.contains("/"), !file.name.hasPrefix(".") else {
                        throw ManifestLines.damaged(plan.name, "it holds a policy file that is called '\(file.name)'")
                    }
                    try FileSystem.writeFile(folder + "/" + file.name, Array(file.text.utf8))
                }
            }
        }
        try await side.keep(plan.secrets)
        let larder = SnapshotName(plan.name)?.larder ?? ""
        if let directory = side.directory {
            try await side.pool.run { try SecretFile(path: directory.larderIDPath).replace(larder) }
        }
        try await side.finish(plan.numbers, [IndexFact.larder.rawValue: Array(larder.utf8)])
    }
}
