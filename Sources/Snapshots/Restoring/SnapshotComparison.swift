import Disk
import Index
import LarderModel
import Migration
import Objects
import SnapshotRepository

/// Compares what was restored with the snapshot: every row, and all content with its SHA-256.
struct SnapshotComparison: Sendable {
    let plan: SnapshotPlan
    let repository: Repository
    let side: MigrationSide
    let report: @Sendable (RestoreProgress) -> Void

    private static let batchRows = 2_000, batchBytes = 8 << 20

    /// - Parameter knownDamage: SHA-256 of content that could not be restored.
    /// - Throws: `LarderError` `.corruptEntry` when something is not as it was.
    func run(knownDamage: Set<String>) async throws {
        var progress = RestoreProgress(phase: .comparing, total: plan.rowCount + Int64(plan.objects.count))
        report(progress)
        try await compareRows(&progress)
        try await readContent(knownDamage, &progress)
    }

    private func different(_ what: String) -> LarderError {
        LarderError(.corruptEntry, "what was restored is not what the snapshot \(plan.name) holds: \(what)")
    }

    // MARK: Rows

    private func compareRows(_ progress: inout RestoreProgress) async throws {
        var walk = try await ManifestWalk(plan.name, in: repository)
        var current: SchemaTable?
        var last: CopiedRow?
        while let item = try await walk.next() {
            switch item {
            case .table(let table):
                if let current { try await expectNoMore(of: current, behind: last) }
                current = try narrowed(table)
                last = nil
            case .rows(let rows, _):
                guard let table = current else { break }
                let behind = last
                let found = try await side.inIndex {
                    try $0.rows(of: table, behind: behind, limit: rows.count, bytes: .max)
                }
                guard found == rows else { throw different("rows of \(table.name)") }
                last = found.last
                progress.done += Int64(rows.count)
                report(progress)
            default: break
            }
        }
        if let current { try await expectNoMore(of: current, behind: last) }
    }

    private func expectNoMore(of table: SchemaTable, behind last: CopiedRow?) async throws {
        let more = try await side.inIndex { try $0.rows(of: table, behind: last, limit: 1, bytes: .max) }
        guard more.isEmpty else { throw different("there are more rows of \(table.name)") }
    }

    /// The table as it is here, with the columns that the manifest has.
    private func narrowed(_ table: SchemaTable) throws -> SchemaTable {
        guard
            let ours = SnapshotScope(stores: nil, hasSecrets: true).tables.first(where: { $0.name == table.name })?
                .narrowed(to: table.columns)
        else { throw different("it has rows of \(table.name)") }
        return ours
    }

    // MARK: Content

    private func readContent(_ knownDamage: Set<String>, _ progress: inout RestoreProgress) async throws {
        let table = OfflineIndex.objects
        var last: CopiedRow?
        while true {
            try Task.checkCancellation()
            let behind = last
            let rows = try await side.inIndex {
                try $0.rows(of: table, behind: behind, limit: Self.batchRows, bytes: Self.batchBytes)
            }
            guard let end = rows.last else { break }
            for object in try rows.map({ try $0.object() }) where !knownDamage.contains(object.digest.hex) {
                try await read(object)
                progress.bytes += object.storedSize
            }
            progress.done += Int64(rows.count)
            report(progress)
            last = end
        }
    }

    private func read(_ object: KeptObject) async throws {
        do {
            if let content = object.content {
                try await side.pool.run {
                    _ = try InlineObject.verifiedPlain(
                        content, encoding: object.encoding, size: object.size, digest: object.digest)
                }
            } else {
                guard let objects = side.objects else { throw different("there is no place for large content") }
                let check = try await objects.check(
                    ObjectLocator(object.digest, object.encoding, place: object.place), size: object.size)
                while try await !check.step() {}
            }
        } catch let error as LarderError where error.code == .corruptEntry {
            throw different("the content \(object.digest)")
        }
    }
}
