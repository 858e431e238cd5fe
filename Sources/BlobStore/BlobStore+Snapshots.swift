package import Disk
package import Index
package import LarderModel
package import Objects

/// What snapshots need of the store beyond its rows.
extension BlobStore {
    /// What tells this Larder from others in a repository of snapshots: 16 hexadecimal digits.
    /// - Parameter new: where it has none yet.
    package func larderID(orMake new: String) async throws -> String {
        let id = try await change(.belowTheFloor) { transaction in
            if let known = try transaction.reader.fact(.larder) { return String(decoding: known, as: UTF8.self) }
            try transaction.note(.larder, Array(new.utf8))
            return new
        }
        let file = SecretFile(path: directory.larderIDPath)
        try await pool.run { if try file.read() != id { try file.replace(id) } }
        return id
    }

    /// The secrets of the installation, by their names in the index: those that there are.
    package func secrets() async throws -> [IndexFact: String] {
        if keepsSecrets {
            return try await look { reader in
                var secrets: [IndexFact: String] = [:]
                for fact in IndexFact.secrets {
                    if let value = try reader.fact(fact), !value.isEmpty {
                        secrets[fact] = String(decoding: value, as: UTF8.self)
                    }
                }
                return secrets
            }
        }
        return try await pool.run { [directory] in
            try IndexFact.secretFiles(in: directory).compactMapValues { try $0.read() }
        }
    }

    /// Opens content outside of the index as it is kept, unchecked, wherever it lies by now.
    /// - Returns: nil when there is none.
    package func source(of digest: Digest, _ encoding: Encoding) async throws -> (any ObjectSource)? {
        var last: [UInt8]?
        for _ in 0..<Self.movesMax {
            let place = objects.givesPlaces ? try await place(of: digest) : []
            if let source = try await objects.backend.open(ObjectLocator(digest, encoding, place: place)) {
                return source
            }
            guard place != last else { return nil }
            last = place
        }
        return nil
    }
}

extension IndexFact {
    /// The files of secrets in a data directory, by what the index would call them.
    package static func secretFiles(in directory: DataDirectory) -> [IndexFact: SecretFile] {
        [
            .adminToken: SecretFile(path: directory.adminTokenPath),
            .signingKey: SecretFile(path: directory.signingKeyPath),
            .olderSigningKeys: SecretFile(path: directory.olderSigningKeysPath),
        ]
    }
}
