import Index
import LarderModel
import Objects

/// Copies the rows of all tables and the content that they name.
struct MigrationCopy: Sendable {
    let source: MigrationSide
    let target: MigrationSide
    let report: @Sendable (MigrationProgress) -> Void

    /// Rows in a transaction of the target, and their bytes.
    static let batchRows = 2_000, batchBytes = 4 << 20
    /// Large content that is copied before the rows that name it are written: what a kill makes again at most.
    static let carriedObjects = 64, carriedBytes: Int64 = 64 << 20
    /// Objects that are copied or read at a time.
    static let objectsAtOnce = 4

    func run(total: Int64) async throws {
        var progress = MigrationProgress(phase: .copying, total: total)
        report(progress)
        for table in OfflineIndex.tables {
            // What is there already was copied before.
            var last = try await target.inIndex { try $0.lastRow(of: table) }
            while true {
                try Task.checkCancellation()
                let behind = last
                let rows = try await source.inIndex {
                    try $0.rows(of: table, behind: behind, limit: Self.batchRows, bytes: Self.batchBytes)
                }
                guard let end = rows.last else { break }
                if table.name == OfflineIndex.objects.name {
                    try await copyObjects(rows[...], table, &progress)
                } else {
                    try await insert(rows, into: table, &progress)
                }
                last = end
            }
        }
    }

    private func insert(_ rows: [CopiedRow], into table: SchemaTable, _ progress: inout MigrationProgress) async throws
    {
        try await target.inIndex { try $0.insert(rows, into: table) }
        progress.done += Int64(rows.count)
        progress.bytes += rows.reduce(0) { $0 + Int64($1.byteCount) }
        report(progress)
    }

    /// Copies what rows of objects name, some at a time, and then these rows.
    private func copyObjects(
        _ rows: ArraySlice<CopiedRow>, _ table: SchemaTable, _ progress: inout MigrationProgress
    ) async throws {
        var rest = rows
        while !rest.isEmpty {
            var carried: [(Int, KeptObject)] = []
            var bytes: Int64 = 0
            var count = 0
            for row in rest where carried.count < Self.carriedObjects && bytes < Self.carriedBytes {
                let object = try row.object()
                if object.content == nil {
                    carried.append((count, object))
                    bytes += object.storedSize
                }
                count += 1
            }
            var some = Array(rest.prefix(count))
            for (i, place) in try await copy(carried) {
                let value = place.isEmpty ? CopiedRow.Value.null : .bytes(place)
                some[i] = some[i].setting("place", of: table, to: value)
            }
            try await insert(some, into: table, &progress)
            progress.bytes += bytes
            rest = rest.dropFirst(count)
        }
    }

    /// Copies objects, a few at a time.
    /// - Parameter objects: each with a number.
    /// - Returns: where they lie now, by their numbers; empty: where digest and form say, or nowhere, when the source
    ///   has something else or nothing.
    private func copy(_ objects: [(Int, KeptObject)]) async throws -> [(Int, place: [UInt8])] {
        guard !objects.isEmpty else { return [] }
        guard let from = source.objects, let to = target.objects else {
            throw LarderError(.internalError, "there is no place for large content")
        }
        return try await withThrowingTaskGroup(of: (Int, place: [UInt8]).self) { group in
            var places: [(Int, place: [UInt8])] = []
            for (started, (number, object)) in objects.enumerated() {
                if started - places.count >= Self.objectsAtOnce, let done = try await group.next() {
                    places.append(done)
                }
                group.addTask {
                    let locator = ObjectLocator(object.digest, object.encoding, place: object.place)
                    do {
                        return (number, try await from.copy(locator, size: object.size, to: to.backend).place)
                    } catch let error as LarderError where error.code == .corruptEntry { return (number, []) }
                }
            }
            for try await done in group { places.append(done) }
            return places
        }
    }
}
