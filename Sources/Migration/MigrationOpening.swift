import BlobStore
import Disk
import Index
import LarderModel
import Objects

/// Opens both sides of a migration, and refuses what can't be copied, or copied to.
struct MigrationOpening: Sendable {
    let source: MigrationSource
    let target: MigrationTarget
    let local: Engines

    struct Sides: Sendable {
        let source: MigrationSide
        let target: MigrationSide
    }

    private let pool = DiskPool()
    private let objects: ObjectsOpening

    init(source: MigrationSource, target: MigrationTarget, spareDirectory: String, local: Engines) {
        self.source = source
        self.target = target
        self.local = local
        objects = ObjectsOpening(spareDirectory: spareDirectory, pool: pool)
    }

    func close(_ sides: Sides) async {
        try? await pool.run {
            sides.source.close()
            sides.target.close()
        }
        try? await pool.shutDown()
    }

    /// - Returns: whether the target was begun before.
    func open() async throws -> (Sides, isResumed: Bool) {
        let from = try await openSource()
        do {
            let identity = try await identity(of: from)
            let to = try await TargetOpening(target: target, local: local, objects: objects).open(
                .init(
                    identity: identity, what: "copy of this source", spoolDirectory: from.directory,
                    takenAddress: from.objects?.backend.address
                ) { try await from.inIndex { try $0.hasObjectsOutside() } })
            return (Sides(source: from, target: to.side), to.isResumed)
        } catch {
            try? await pool.run { from.close() }
            throw error
        }
    }

    // MARK: The source

    private func openSource() async throws -> MigrationSide {
        let (directory, index) = try await pool.run { [source] in
            var directory: DataDirectory?
            if !source.index.isShared, let path = source.directory {
                guard try FileSystem.identity(DataDirectory.indexPath(in: path)) != nil else {
                    throw LarderError(.notFound, "there is no data directory at \(path)")
                }
                // Its lock keeps servers away from it.
                directory = try DataDirectory(path)
            }
            guard try OfflineIndex.presence(source.index) != .nothing else {
                throw LarderError(.notFound, "there is no index in \(source.index.place)")
            }
            return (directory, try OfflineIndex(source.index))
        }
        do {
            let facts = try await pool.run { try index.facts() }
            guard facts[IndexFact.migration.rawValue] == nil else {
                throw LarderError(
                    .conflict,
                    "\(index.place) is itself a copy that 'larder migrate' has not finished: finish that first")
            }
            let objects = try await openSourceObjects(directory, index, facts)
            return MigrationSide(
                index: index, directory: directory ?? objects.directory, objects: objects.store,
                keepsSecrets: source.index.isShared, pool: pool)
        } catch {
            try? await pool.run { index.close() }
            throw error
        }
    }

    private func openSourceObjects(
        _ directory: DataDirectory?, _ index: OfflineIndex, _ facts: [String: [UInt8]]
    ) async throws -> (store: ObjectStore?, directory: DataDirectory?) {
        guard let place = facts[IndexFact.objects.rawValue] else {
            guard !source.areObjectsNamed else {
                throw LarderError(
                    .malformedRequest,
                    "\(index.place) has no large content but in its data directory: leave --from-objects out")
            }
            return try await openOwnObjects(directory, index)
        }
        guard let engines = source.objects else {
            throw LarderError(
                .malformedRequest,
                "\(index.place) keeps its objects in \(String(decoding: place, as: UTF8.self)): give that as "
                    + "--from-objects")
        }
        let (backend, spare) = try await self.objects.elsewhere(engines, directory)
        let hasObjects = try await pool.run { try index.hasObjectsOutside() }
        try await self.objects.settle(backend, facts, hasObjects: hasObjects, mayMark: false)
        return (ObjectStore(backend, pool: pool), spare)
    }

    /// Those in a data directory: with an index elsewhere it is opened only where there are any.
    private func openOwnObjects(
        _ directory: DataDirectory?, _ index: OfflineIndex
    ) async throws -> (store: ObjectStore?, directory: DataDirectory?) {
        try await pool.run { [source] in
            var found = directory
            if found == nil {
                guard try index.hasObjectsOutside() else { return (nil, nil) }
                guard let path = source.directory, try FileSystem.identity(path) != nil else {
                    throw LarderError(
                        .notFound, "\(index.place) keeps its objects in a data directory: say with --data where that is"
                    )
                }
                found = try DataDirectory(path)
            }
            guard let found else { return (nil, nil) }
            return (ObjectStore(try local.objects(found, pool), pool: pool), found)
        }
    }

    /// What tells the source from every other index; it has one from now on.
    private func identity(of side: MigrationSide) async throws -> [UInt8] {
        try await side.inIndex { index in
            if let known = try index.facts()[IndexFact.identity.rawValue] { return known }
            let new = ObjectOwner.newIdentity()
            try index.note([IndexFact.identity.rawValue: new])
            return new
        }
    }
}
