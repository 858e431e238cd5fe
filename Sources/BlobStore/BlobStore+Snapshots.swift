package import Disk
package import Index
package import LarderModel
package import Objects

/// What snapshots need of the store beyond its rows.
extension BlobStore {
    /// What tells this Larder from others in a repository of snapshots: 16 hexadecimal digits.
    /// - Parameter new: where it has none yet.
    package func larderID(orMake new: String) async throws -> String {
        @Sendable func known(_ reader: IndexReader) throws -> String? {
            try reader.fact(.larder).map { String(decoding: $0, as: UTF8.self) }
        }
        var id = try await look(known)
        if id == nil {
            id = try await change(.belowTheFloor) { transaction in
                if let known = try known(transaction.reader) { return known }
                try transaction.note(.larder, Array(new.utf8))
                return new
            }
        }
        let found = id ?? new
        let file = SecretFile(path: directory.larderIDPath)
        try await pool.run { if try file.read() != found { try file.replace(found) } }
        return found
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

    /// Whether index and objects lie in the data directory, so that this is all that there is.
    package var isInDirectory: Bool { !index.nodes.isShared && objects.backend.address == nil }

    /// Gives content outside of the index to another place of the same kind without a copy, if that can be done and the
    /// content is what its name says.
    /// - Returns: whether it is there now, durably.
    package func lend(_ digest: Digest, _ encoding: Encoding, size: Int64, to other: any ObjectBackend) async throws
        -> Bool
    {
        guard !objects.givesPlaces else { return false }
        let locator = ObjectLocator(digest, encoding, place: [])
        do {
            let check = try await objects.check(locator, size: size)
            while try await !check.step() {}
        } catch let error as LarderError where error.code == .corruptEntry { return false }
        return try await other.adopt(locator, from: objects.backend)
    }

    /// Whether content outside of the index is here, by its file alone.
    package func holds(_ digest: Digest, _ encoding: Encoding) async throws -> Bool {
        try await objects.stat(ObjectLocator(digest, encoding, place: [])) != nil
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
