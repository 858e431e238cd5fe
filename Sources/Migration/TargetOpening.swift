package import BlobStore
package import Disk
import Index
import LarderModel
import Objects

/// Opens the place of a new installation, and refuses one that holds something else. Until it is whole a mark in its
/// index keeps servers away, and tells whoever begins the same again that it may go on.
package struct TargetOpening: Sendable {
    let target: MigrationTarget
    let local: Engines
    let objects: ObjectsOpening

    init(target: MigrationTarget, local: Engines, objects: ObjectsOpening) {
        self.target = target
        self.local = local
        self.objects = objects
    }

    /// - Parameters:
    ///   - local: the engines of a data directory.
    ///   - spareDirectory: a data directory where uploads may be spooled, when the target has none.
    package init(_ target: MigrationTarget, local: Engines, spareDirectory: String, pool: DiskPool) {
        self.init(
            target: target, local: local, objects: ObjectsOpening(spareDirectory: spareDirectory, pool: pool))
    }

    /// What the target is made for.
    package struct Purpose: Sendable {
        /// Tells it from every other.
        let identity: [UInt8]
        /// For messages: `copy of this source`.
        let what: String
        /// How new its rows are, as ``OfflineIndex/init(_:schema:)`` has it; nil: as new as can be.
        let schema: Int?
        /// Where uploads may be spooled, when the target has no data directory.
        let spoolDirectory: DataDirectory?
        /// Where large content may not go; nil: anywhere.
        let takenAddress: String?
        /// Whether there is any that needs a place.
        let hasLargeContent: @Sendable () async throws -> Bool

        package init(
            identity: [UInt8], what: String, schema: Int? = nil, spoolDirectory: DataDirectory? = nil,
            takenAddress: String? = nil, hasLargeContent: @escaping @Sendable () async throws -> Bool
        ) {
            self.identity = identity
            self.what = what
            self.schema = schema
            self.spoolDirectory = spoolDirectory
            self.takenAddress = takenAddress
            self.hasLargeContent = hasLargeContent
        }
    }

    private var pool: DiskPool { objects.pool }

    /// - Returns: whether it was begun before.
    package func open(_ purpose: Purpose) async throws -> (side: MigrationSide, isResumed: Bool) {
        let (directory, index, isNew) = try await pool.run { try openIndex(purpose) }
        do {
            let found = try await pool.run { try (facts: index.facts(), isEmpty: isNew || index.isEmpty()) }
            let isResumed = found.facts[IndexFact.migration.rawValue] == purpose.identity
            let isServed = try await pool.run { try Self.isServed(directory) }
            guard isResumed || found.isEmpty && !isServed else { throw occupied("an index", purpose) }
            let backend = try await makeObjects(directory, purpose)
            var facts = found.facts
            if !isResumed {
                facts = [
                    IndexFact.migration.rawValue: purpose.identity,
                    IndexFact.identity.rawValue: ObjectOwner.newIdentity(),
                ]
                facts[IndexFact.objects.rawValue] = backend?.address.map { Array($0.utf8) }
                let new = facts
                try await pool.run { try index.note(new.mapValues { $0 }) }
            }
            let known = facts[IndexFact.objects.rawValue].map { String(decoding: $0, as: UTF8.self) }
            guard known == backend?.address else {
                throw LarderError(
                    .conflict,
                    "\(index.place) is an unfinished \(purpose.what) whose objects lie in "
                        + "\(known ?? "its data directory"): give the same --objects")
            }
            if let backend {
                let hasObjects = try await pool.run { try index.hasObjectsOutside() }
                try await objects.settle(backend, facts, hasObjects: hasObjects, mayMark: true)
            }
            return (
                MigrationSide(
                    index: index, directory: directory, objects: backend.map { ObjectStore($0, pool: pool) },
                    keepsSecrets: target.index.isShared, pool: pool), isResumed
            )
        } catch {
            try? await pool.run { index.close() }
            throw error
        }
    }

    /// Opens the index, unless something else is there: then nothing is changed. A new one may be as old as its rows.
    private func openIndex(
        _ purpose: Purpose
    ) throws -> (directory: DataDirectory?, index: OfflineIndex, isNew: Bool) {
        var directory: DataDirectory?
        if let path = target.directory {
            let names = try FileSystem.identity(path) == nil ? [] : FileSystem.list(path)
            guard names.contains("index.sqlite") || names.allSatisfy({ $0 == "lock" }) else {
                throw occupied("something", purpose)
            }
            directory = try DataDirectory(path)
        }
        switch try OfflineIndex.presence(target.index) {
        case .older(let schema):
            // One whose maker was killed before it was whole has nothing in it.
            guard try Self.isUnused(target.index, schema) else {
                throw occupied("an index of an older larder", purpose)
            }
            return (directory, try OfflineIndex(target.index, schema: purpose.schema.map { max($0, schema) }), true)
        case .current: return (directory, try OfflineIndex(target.index), false)
        case .nothing: return (directory, try OfflineIndex(target.index, schema: purpose.schema), true)
        }
    }

    private static func isUnused(_ engine: any SQLEngine, _ schema: Int) throws -> Bool {
        let index = try OfflineIndex(engine, schema: schema)
        defer { index.close() }
        return try index.isUnused()
    }

    private func occupied(_ found: String, _ purpose: Purpose) -> LarderError {
        LarderError(
            .conflict,
            "\(target.directory ?? target.index.place) holds \(found) already, and no unfinished \(purpose.what): "
                + "choose an empty place")
    }

    /// Whether a server has used this directory.
    private static func isServed(_ directory: DataDirectory?) throws -> Bool {
        guard let directory else { return false }
        return try FileSystem.identity(directory.adminTokenPath) != nil
    }

    /// - Returns: nil when there is no place for large content, and there is none.
    private func makeObjects(_ directory: DataDirectory?, _ purpose: Purpose) async throws -> (any ObjectBackend)? {
        if let engines = target.objects {
            let (backend, _) = try await objects.elsewhere(engines, directory ?? purpose.spoolDirectory)
            guard backend.address == nil || backend.address != purpose.takenAddress else {
                throw LarderError(
                    .conflict, "the objects of the source lie there already: give another folder, bucket or prefix")
            }
            return backend
        }
        if let directory { return try await pool.run { try local.objects(directory, pool) } }
        guard try await purpose.hasLargeContent() else { return nil }
        throw LarderError(
            .malformedRequest,
            "there is content that is too large for the index: say where it goes with --objects s3://BUCKET/PREFIX or "
                + "file:///FOLDER")
    }
}
