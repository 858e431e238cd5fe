package import LarderModel
import NIOCore
import Objects

extension Repository {
    /// Opens a repository and changes nothing.
    /// - Parameter key: nil: it is not encrypted.
    /// - Throws: `LarderError`, each one line for the person who named it: `.notFound`; `.unavailable` for a newer
    ///   format or a place that can't be reached; `.forbidden` for a key that is wrong, missing or not needed;
    ///   `.corruptEntry`.
    package static func open(_ storage: any RepositoryStorage, key: RepositoryKey?) async throws -> Repository {
        guard let repository = try await find(storage, key) else {
            throw LarderError(.notFound, "there is no repository at \(storage.place)")
        }
        return repository
    }

    /// Opens a repository, or makes one where there is nothing.
    /// - Throws: as ``open(_:key:)``; `.conflict` when other files are there and no repository.
    package static func openOrCreate(
        _ storage: any RepositoryStorage, key: RepositoryKey?, now: Timestamp
    ) async throws -> Repository {
        if let repository = try await find(storage, key) { return repository }
        guard try await storage.isEmpty() else {
            // Another may have made it at this moment.
            if let repository = try await find(storage, key) { return repository }
            throw LarderError(
                .conflict,
                "\(storage.place) holds other files and no repository, so none is made in it: choose an empty place")
        }
        let config = RepositoryConfig(id: randomName(), createdAt: now, keyCheck: key?.check)
        try await storage.write(RepositoryConfig.name, ByteBuffer(bytes: config.json))
        // Two may make it at once: the later one counts, and nothing but its name depends on which that is.
        return try await open(storage, key: key)
    }

    private static func find(_ storage: any RepositoryStorage, _ key: RepositoryKey?) async throws -> Repository? {
        guard let source = try await storage.open(RepositoryConfig.name) else { return nil }
        let bytes = try await source.read(at: 0, count: RepositoryConfig.countMax)
        let config = try RepositoryConfig(parsing: Array(buffer: bytes), place: storage.place)
        switch (config.keyCheck, key) {
        case (nil, nil): break
        case (nil, _?):
            throw LarderError(
                .forbidden, "the repository at \(storage.place) is not encrypted, but a key was given: leave it out")
        case (_?, nil):
            throw LarderError(
                .forbidden, "the repository at \(storage.place) is encrypted: give its key with --key-file")
        case (let check?, let key?) where key.check != check:
            throw LarderError(.forbidden, "this is not the key of the repository at \(storage.place)")
        default: break
        }
        return Repository(storage, key, config)
    }
}
