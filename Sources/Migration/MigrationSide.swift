import BlobStore
import Disk
import Index
import LarderModel
import Objects

/// One end of a migration, open: its index, its data directory where it has one, and its large content.
///
/// Blocking calls run on the threads of ``pool``.
final class MigrationSide: Sendable {
    let index: OfflineIndex
    let directory: DataDirectory?
    /// nil: there is no large content, and no place for any.
    let objects: ObjectStore?
    /// Whether its secrets are kept in the index.
    let keepsSecrets: Bool
    let pool: DiskPool

    init(index: OfflineIndex, directory: DataDirectory?, objects: ObjectStore?, keepsSecrets: Bool, pool: DiskPool) {
        self.index = index
        self.directory = directory
        self.objects = objects
        self.keepsSecrets = keepsSecrets
        self.pool = pool
    }

    /// Blocks.
    func close() {
        index.close()
        objects?.backend.close()
    }

    func inIndex<R: Sendable>(_ work: @Sendable (OfflineIndex) throws -> R) async throws -> R {
        try await pool.run { [index] in try work(index) }
    }

    // MARK: Secrets

    private static func files(_ directory: DataDirectory) -> [IndexFact: SecretFile] {
        [
            .adminToken: SecretFile(path: directory.adminTokenPath),
            .signingKey: SecretFile(path: directory.signingKeyPath),
            .olderSigningKeys: SecretFile(path: directory.olderSigningKeysPath),
        ]
    }

    /// Those of the installation; one that it does not have yet is missing.
    func secrets() async throws -> [IndexFact: String] {
        try await pool.run { [self] in
            if keepsSecrets {
                let facts = try index.facts()
                let found = IndexFact.secrets.compactMap { fact in
                    facts[fact.rawValue].map { (fact, String(decoding: $0, as: UTF8.self)) }
                }
                return Dictionary(found) { $1 }.filter { !$0.value.isEmpty }
            }
            guard let directory else { return [:] }
            return try Self.files(directory).compactMapValues { try $0.read() }
        }
    }

    /// Puts them where this side keeps them.
    func keep(_ secrets: [IndexFact: String]) async throws {
        try await pool.run { [self] in
            if keepsSecrets {
                let facts = secrets.map { ($0.key.rawValue, Optional(Array($0.value.utf8))) }
                return try index.note(Dictionary(facts) { $1 })
            }
            guard let directory else { return }
            let files = Self.files(directory)
            for (fact, text) in secrets { try files[fact]?.replace(text) }
        }
    }
}
