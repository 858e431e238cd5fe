import BlobStore
import Disk
import Index
import LarderModel
import Objects

/// Opens both sides of a migration, and refuses what can't be copied, or copied to.
struct MigrationOpening: Sendable {
    let source: MigrationSource
    let target: MigrationTarget
    let spareDirectory: String
    let local: Engines

    struct Sides: Sendable {
        let source: MigrationSide
        let target: MigrationSide
    }

    private let pool = DiskPool()

    init(source: MigrationSource, target: MigrationTarget, spareDirectory: String, local: Engines) {
        self.source = source
        self.target = target
        self.spareDirectory = spareDirectory
        self.local = local
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
            let to = try await openTarget(from, identity)
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
        let (backend, spare) = try await elsewhere(engines, directory)
        let hasObjects = try await pool.run { try index.hasObjectsOutside() }
        try await settle(backend, Self.owner(facts, hasObjects: hasObjects), mayMark: false)
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

    // MARK: The target

    /// Opens the target's index, unless something else is there: then nothing is changed.
    private func openTargetIndex() throws -> (directory: DataDirectory?, index: OfflineIndex) {
        var directory: DataDirectory?
        if let path = target.directory {
            let names = try FileSystem.identity(path) == nil ? [] : FileSystem.list(path)
            guard names.contains("index.sqlite") || names.allSatisfy({ $0 == "lock" }) else {
                throw occupied("something")
            }
            directory = try DataDirectory(path)
        }
        if case .older = try OfflineIndex.presence(target.index) { throw occupied("an index of an older larder") }
        return (directory, try OfflineIndex(target.index))
    }

    private func occupied(_ what: String) -> LarderError {
        LarderError(
            .conflict,
            "\(target.directory ?? target.index.place) holds \(what) already, and no unfinished copy of this source: "
                + "choose an empty place")
    }

    private func openTarget(
        _ from: MigrationSide, _ identity: [UInt8]
    ) async throws -> (side: MigrationSide, isResumed: Bool) {
        let (directory, index) = try await pool.run { try openTargetIndex() }
        do {
            let found = try await pool.run { try (facts: index.facts(), isEmpty: index.isEmpty()) }
            let isResumed = found.facts[IndexFact.migration.rawValue] == identity
            let isServed = try await pool.run { try Self.isServed(directory) }
            guard isResumed || found.isEmpty && !isServed else { throw occupied("an index") }
            let backend = try await makeTargetObjects(directory, from)
            var facts = found.facts
            if !isResumed {
                facts = [
                    IndexFact.migration.rawValue: identity, IndexFact.identity.rawValue: ObjectOwner.newIdentity(),
                ]
                facts[IndexFact.objects.rawValue] = backend?.address.map { Array($0.utf8) }
                let new = facts
                try await pool.run { try index.note(new.mapValues { $0 }) }
            }
            let known = facts[IndexFact.objects.rawValue].map { String(decoding: $0, as: UTF8.self) }
            guard known == backend?.address else {
                throw LarderError(
                    .conflict,
                    "\(index.place) is an unfinished copy whose objects lie in \(known ?? "its data directory"): give "
                        + "the same --objects")
            }
            if let backend { try await settleTarget(backend, index, facts) }
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

    /// Whether a server has used this directory.
    private static func isServed(_ directory: DataDirectory?) throws -> Bool {
        guard let directory else { return false }
        return try FileSystem.identity(directory.adminTokenPath) != nil
    }

    /// - Returns: nil when there is no place for large content, and there is none.
    private func makeTargetObjects(
        _ directory: DataDirectory?, _ from: MigrationSide
    ) async throws -> (any ObjectBackend)? {
        if let engines = target.objects {
            let (backend, _) = try await elsewhere(engines, directory ?? from.directory)
            guard backend.address == nil || backend.address != from.objects?.backend.address else {
                throw LarderError(
                    .conflict, "the objects of the source lie there already: give another folder, bucket or prefix")
            }
            return backend
        }
        if let directory { return try await pool.run { try local.objects(directory, pool) } }
        guard try await from.inIndex({ try $0.hasObjectsOutside() }) else { return nil }
        throw LarderError(
            .malformedRequest,
            "there is content that is too large for the index: say where it goes with --objects s3://BUCKET/PREFIX or "
                + "file:///FOLDER")
    }

    private func settleTarget(
        _ backend: any ObjectBackend, _ index: OfflineIndex, _ facts: [String: [UInt8]]
    ) async throws {
        let hasObjects = try await pool.run { try index.hasObjectsOutside() }
        try await settle(backend, Self.owner(facts, hasObjects: hasObjects), mayMark: true)
    }

    // MARK: Large content elsewhere

    /// - Parameter directory: where uploads are spooled; nil: the spare one.
    /// - Returns: the backend, and the directory when that was opened for it.
    private func elsewhere(
        _ engines: Engines, _ directory: DataDirectory?
    ) async throws -> (any ObjectBackend, DataDirectory?) {
        try await pool.run {
            if let directory { return (try engines.objects(directory, pool), nil) }
            let spare = try DataDirectory(spareDirectory)
            return (try engines.objects(spare, pool), spare)
        }
    }

    private func settle(_ backend: any ObjectBackend, _ owner: ObjectOwner, mayMark: Bool) async throws {
        let isMarked = try await backend.check(for: owner)
        if !isMarked, mayMark { try await backend.mark(for: owner) }
    }

    private static func owner(_ facts: [String: [UInt8]], hasObjects: Bool) -> ObjectOwner {
        ObjectOwner(identity: facts[IndexFact.identity.rawValue] ?? [], hasObjects: hasObjects)
    }
}
