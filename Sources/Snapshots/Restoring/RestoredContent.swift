import BlobStore
import Disk
import Index
import LarderModel
import Migration
import Objects
import SnapshotRepository

/// Puts the content of a snapshot in its place, and writes the rows of its objects: small content into the index, large
/// content where the target keeps that.
struct RestoredContent: Sendable {
    let plan: SnapshotPlan
    let contents: RepositoryContents
    let repository: Repository
    let side: MigrationSide
    /// Where content may be had without a copy; nil: nowhere.
    let present: BlobStore?
    let report: @Sendable (RestoreProgress) -> Void

    private static let batchRows = 2_000, batchBytes = 4 << 20
    private static let objectsAtOnce = 4

    /// Columns of a row of objects as it is written here.
    private static let table = SchemaTable(
        OfflineIndex.objects.name,
        columns: [
            .init(name: "id", kind: .integer), .init(name: "size", kind: .integer),
            .init(name: "stored_size", kind: .integer), .init(name: "encoding", kind: .integer),
            .init(name: "digest", kind: .bytes), .init(name: "refs", kind: .integer),
            .init(name: "data", kind: .bytes), .init(name: "place", kind: .bytes),
        ])

    private static func row(_ object: SnapshotObject, data: [UInt8]?, place: [UInt8]) -> CopiedRow {
        CopiedRow(
            values: object.row.values + [
                .integer(0), data.map { .bytes($0) } ?? .null, place.isEmpty ? .null : .bytes(place),
            ])
    }

    /// - Parameter missing: what is known not to be there.
    /// - Returns: what is not there, or is not what its name says; its rows are written without it.
    func run(missing: [Digest]) async throws -> [Digest] {
        var damaged = try await small()
        damaged += try await large()
        try await insert(
            (damaged + missing).compactMap { digest in
                (plan.objects.find(digest, .identity) ?? plan.objects.find(digest, .gzip)).map {
                    Self.row(plan.objects[$0], data: nil, place: [])
                }
            })
        return damaged + missing
    }

    private func insert(_ rows: [CopiedRow]) async throws {
        guard let table = Self.table else { preconditionFailure("the names are ours") }
        try Task.checkCancellation()
        for start in stride(from: 0, to: rows.count, by: Self.batchRows) {
            let some = Array(rows[start..<min(start + Self.batchRows, rows.count)])
            try await side.inIndex { try $0.insert(some, into: table) }
        }
    }

    // MARK: Small content

    private func small() async throws -> [Digest] {
        var progress = RestoreProgress(phase: .content, total: Int64(plan.objects.count))
        var batch: [CopiedRow] = []
        var bytes = 0
        // Two snapshots that were made at once may have packed the same content.
        var isThere = [Bool](repeating: false, count: plan.objects.count)
        var lost: [Digest] = []
        let objects = plan.objects
        try await repository.eachPacked(in: contents, wanted: { objects.find($0, $1) != nil }) { pack in
            lost += pack.lost.map(\.digest)
        } _: { content in
            guard let place = objects.find(content.digest, content.encoding), !isThere[place] else { return }
            isThere[place] = true
            batch.append(Self.row(objects[place], data: content.stored, place: []))
            bytes += content.stored.count
            guard batch.count >= Self.batchRows || bytes >= Self.batchBytes else { return }
            try await insert(batch)
            progress.done += Int64(batch.count)
            progress.bytes += Int64(bytes)
            report(progress)
            batch.removeAll(keepingCapacity: true)
            bytes = 0
        }
        try await insert(batch)
        return Array(
            Set(lost).filter { digest in
                let place = objects.find(digest, .identity) ?? objects.find(digest, .gzip)
                return place.map { !isThere[$0] } ?? false
            })
    }

    // MARK: Large content

    private func large() async throws -> [Digest] {
        let wanted = Array(
            (0..<plan.objects.count).lazy.map { plan.objects[$0] }
                .filter { contents.isOnlyLarge($0.digest, $0.encoding) })
        guard !wanted.isEmpty else { return [] }
        guard let objects = side.objects else {
            throw LarderError(.internalError, "there is no place for large content")
        }
        var progress = RestoreProgress(phase: .content, total: Int64(wanted.count))
        var damaged: [Digest] = []
        try await withThrowingTaskGroup(of: (SnapshotObject, [UInt8]?).self) { group in
            var rows: [CopiedRow] = []
            func take(_ done: (SnapshotObject, [UInt8]?)?) async throws {
                guard let (object, place) = done else { return }
                guard let place else { return damaged.append(object.digest) }
                rows.append(Self.row(object, data: nil, place: place))
                progress.done += 1
                progress.bytes += object.storedSize
                report(progress)
                guard rows.count >= Self.batchRows else { return }
                try await insert(rows)
                rows.removeAll()
            }
            for (started, object) in wanted.enumerated() {
                if started >= Self.objectsAtOnce { try await take(try await group.next()) }
                group.addTask { (object, try await place(object, in: objects)) }
            }
            while let done = try await group.next() { try await take(done) }
            try await insert(rows)
        }
        return damaged
    }

    /// - Returns: where it lies now, empty: where digest and form say; nil: it is damaged in the repository.
    private func place(_ object: SnapshotObject, in objects: ObjectStore) async throws -> [UInt8]? {
        try Task.checkCancellation()
        if let present,
            try await present.lend(object.digest, object.encoding, size: object.size, to: objects.backend)
        {
            return []
        }
        let sink = objects.backend.makeSink()
        do {
            let reader = try await repository.read(object.digest, object.encoding, size: object.size)
            while let bytes = try await reader.next() { try await sink.write(bytes) }
            return try await sink.place(as: object.digest, object.encoding).locator.place
        } catch let error as LarderError where [.corruptEntry, .notFound].contains(error.code) {
            await sink.discard()
            return nil
        } catch {
            await sink.discard()
            throw error
        }
    }
}
