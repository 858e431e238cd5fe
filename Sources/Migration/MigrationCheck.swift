import Index
import LarderModel
import Objects

/// Reads source and target once more, compares them row by row, and hashes the target's large content.
struct MigrationCheck: Sendable {
    let source: MigrationSide
    let target: MigrationSide
    let report: @Sendable (MigrationProgress) -> Void

    func run(total: Int64) async throws -> MigrationResult {
        var progress = MigrationProgress(phase: .checking, total: total)
        var result = MigrationResult()
        report(progress)
        for table in OfflineIndex.tables {
            var last: CopiedRow?
            var count: Int64 = 0
            while true {
                try Task.checkCancellation()
                let (rows, originals) = try await compare(table, behind: last)
                guard let end = rows.last else { break }
                if table.name == OfflineIndex.objects.name { try await read(rows, originals, &result) }
                last = end
                count += Int64(rows.count)
                progress.done += Int64(rows.count)
                progress.bytes = result.objectBytes
                report(progress)
            }
            result.rows[table.name] = count
        }
        return result
    }

    /// Compares the next rows of a table.
    /// - Returns: those of the target, and of the source.
    private func compare(_ table: SchemaTable, behind last: CopiedRow?) async throws -> ([CopiedRow], [CopiedRow]) {
        let wanted = try await source.inIndex {
            try $0.rows(
                of: table, behind: last, limit: MigrationCopy.batchRows, bytes: MigrationCopy.batchBytes)
        }
        // Where there are no more, there must be none.
        let found = try await target.inIndex {
            try $0.rows(of: table, behind: last, limit: max(wanted.count, 1), bytes: .max)
        }
        // Each side has places of its own.
        func bare(_ row: CopiedRow) -> CopiedRow { row.setting("place", of: table, to: .null) }
        guard wanted.map(bare) == found.map(bare) else {
            throw LarderError(
                .internalError,
                "the rows of \(table.name) in \(target.index.place) are not those of \(source.index.place): was that "
                    + "served since the migration began? Empty the target and begin anew")
        }
        return (found, wanted)
    }

    // MARK: Large content

    private enum Finding: Sendable {
        case good(Int64)
        /// In the source, too.
        case damaged(Digest)
    }

    /// - Parameter originals: the source's rows of the same objects, in the same order.
    private func read(_ rows: [CopiedRow], _ originals: [CopiedRow], _ result: inout MigrationResult) async throws {
        let objects = try zip(rows, originals).map { (try $0.object(), try $1.object()) }
            .filter { $0.0.content == nil }
        try await withThrowingTaskGroup(of: Finding.self) { group in
            var running = 0
            func take(_ finding: Finding?) {
                running -= 1
                switch finding {
                case .good(let bytes)?:
                    result.objects += 1
                    result.objectBytes += bytes
                case .damaged(let digest)?: result.damaged.append("\(digest)")
                case nil: break
                }
            }
            for (object, original) in objects {
                if running >= MigrationCopy.objectsAtOnce { take(try await group.next()) }
                running += 1
                group.addTask { try await find(object, originalPlace: original.place) }
            }
            while running > 0 { take(try await group.next()) }
        }
    }

    private func find(_ object: KeptObject, originalPlace: [UInt8]) async throws -> Finding {
        guard let ours = target.objects, let theirs = source.objects else {
            throw LarderError(.internalError, "there is no place for large content")
        }
        if try await Self.isGood(object, at: object.place, in: ours) { return .good(object.storedSize) }
        guard try await Self.isGood(object, at: originalPlace, in: theirs) else { return .damaged(object.digest) }
        throw LarderError(
            .internalError,
            "the object \(object.digest) is not in the target as it is in the source; empty the target and begin anew")
    }

    private static func isGood(_ object: KeptObject, at place: [UInt8], in objects: ObjectStore) async throws -> Bool {
        let locator = ObjectLocator(object.digest, object.encoding, place: place)
        do {
            let check = try await objects.check(locator, size: object.size)
            while try await !check.step() {}
            return true
        } catch let error as LarderError where error.code == .corruptEntry { return false }
    }
}
