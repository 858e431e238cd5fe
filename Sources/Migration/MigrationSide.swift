import BlobStore
package import Disk
package import Index
import LarderModel
package import Objects

/// One end of a migration, or the place of a restore, open: its index, its data directory where it has one, and its
/// large content.
///
/// Blocking calls run on the threads of ``pool``.
package final class MigrationSide: Sendable {
    package let index: OfflineIndex
    package let directory: DataDirectory?
    /// nil: there is no large content, and no place for any.
    package let objects: ObjectStore?
    /// Whether its secrets are kept in the index.
    let keepsSecrets: Bool
    package let pool: DiskPool

    init(index: OfflineIndex, directory: DataDirectory?, objects: ObjectStore?, keepsSecrets: Bool, pool: DiskPool) {
        self.index = index
        self.directory = directory
        self.objects = objects
        self.keepsSecrets = keepsSecrets
        self.pool = pool
    }

    /// Blocks.
    package func close() {
        index.close()
        objects?.backend.close()
        directory?.release()
    }

    package func inIndex<R: Sendable>(_ work: @Sendable (OfflineIndex) throws -> R) async throws -> R {
        try await pool.run { [index] in try work(index) }
    }

    /// Marks a target as whole: servers may use it.
    /// - Parameters:
    ///   - numbers: behind which it goes on.
    ///   - facts: what else it notes.
    package func finish(_ numbers: IndexNumbers, _ facts: [String: [UInt8]]) async throws {
        try await inIndex { index in
            try index.goOn(behind: numbers)
            var last: [String: [UInt8]?] = facts.mapValues { $0 }
            last.updateValue(nil, forKey: IndexFact.migration.rawValue)
            try index.note(last)
        }
    }

    // MARK: Secrets

    /// Those of the installation; one that it does not have yet is missing.
    package func secrets() async throws -> [IndexFact: String] {
        try await pool.run { [self] in
            if keepsSecrets {
                let facts = try index.facts()
                let found = IndexFact.secrets.compactMap { fact in
                    facts[fact.rawValue].map { (fact, String(decoding: $0, as: UTF8.self)) }
                }
                return Dictionary(found) { $1 }.filter { !$0.value.isEmpty }
            }
            guard let directory else { return [:] }
            return try IndexFact.secretFiles(in: directory).compactMapValues { try $0.read() }
        }
    }

    /// Puts them where this side keeps them.
    package func keep(_ secrets: [IndexFact: String]) async throws {
        try await pool.run { [self] in
            if keepsSecrets {
                let facts = secrets.map { ($0.key.rawValue, Optional(Array($0.value.utf8))) }
                return try index.note(Dictionary(facts) { $1 })
            }
            guard let directory else { return }
            let files = IndexFact.secretFiles(in: directory)
            for (fact, text) in secrets { try files[fact]?.replace(text) }
        }
    }
}
