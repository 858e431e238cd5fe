package import LarderModel
package import SnapshotRepository

/// The repositories of snapshots that a server, or a command, may use.
package struct Repositories: Sendable {
    /// Where snapshots go when nobody says otherwise; nil: nowhere.
    package let usual: String?
    /// The version of this larder.
    package let version: String
    private let key: @Sendable () async throws -> RepositoryKey?
    private let storage: @Sendable (String) async throws -> any RepositoryStorage

    /// - Parameters:
    ///   - key: reads the key of encrypted repositories; gives nil where there is none.
    ///   - storage: opens what keeps a repository, by its address.
    package init(
        usual: String?, version: String, key: @escaping @Sendable () async throws -> RepositoryKey?,
        storage: @escaping @Sendable (String) async throws -> any RepositoryStorage
    ) {
        self.usual = usual
        self.version = version
        self.key = key
        self.storage = storage
    }

    /// None at all.
    package static let none = Repositories(usual: nil, version: "", key: { nil }) { _ in throw Self.nowhere }

    private static let nowhere = LarderError(
        .malformedRequest,
        "There is no repository of snapshots: say where with --to, or start the server with --backup-to.")

    /// Looks whether the usual one is named as one can be, and its key can be read. Asks it nothing.
    /// - Throws: `LarderError` for who started the program.
    package func check() async throws {
        guard let usual else { return }
        _ = try await storage(usual)
        _ = try await key()
    }

    /// Opens a repository that is there.
    /// - Parameter address: nil: the usual one.
    package func open(_ address: String?) async throws -> Repository {
        guard let place = address ?? usual else { throw Self.nowhere }
        return try await Repository.open(try await storage(place), key: try await key())
    }

    /// The same; one that is not there is made.
    package func openOrCreate(_ address: String?, now: Timestamp) async throws -> Repository {
        guard let place = address ?? usual else { throw Self.nowhere }
        return try await Repository.openOrCreate(try await storage(place), key: try await key(), now: now)
    }
}
