package import BlobStore
import Disk
import Index
import LarderModel
import Logging

/// Keeps the secrets of an installation: in files of the data directory (0600) or, where several machines may share the
/// index, in that. Then `admin.token` in the data directory is a copy, for the commands on this machine.
package final class SecretKeeper: Sendable {
    package enum Secret: Sendable, Hashable, CaseIterable {
        case adminToken, signingKey, olderSigningKeys

        var fact: IndexFact {
            switch self {
            case .adminToken: .adminToken
            case .signingKey: .signingKey
            case .olderSigningKeys: .olderSigningKeys
            }
        }
    }

    private let blobs: BlobStore
    private let turns = KeyedLock<Secret>()

    package init(_ blobs: BlobStore) { self.blobs = blobs }

    private func file(_ secret: Secret) -> SecretFile {
        let directory = blobs.directory
        return switch secret {
        case .adminToken: SecretFile(path: directory.adminTokenPath)
        case .signingKey: SecretFile(path: directory.signingKeyPath)
        case .olderSigningKeys: SecretFile(path: directory.olderSigningKeysPath)
        }
    }

    /// Whether the index keeps the secrets, for all nodes that serve it.
    var isShared: Bool { blobs.keepsSecrets }

    /// Where a secret is kept, for people.
    func place(_ secret: Secret) -> String { blobs.keepsSecrets ? "the index" : file(secret).path }

    /// Runs what replaces a secret, one such after the other.
    func inTurn<R: Sendable>(_ secret: Secret, _ body: () async throws -> R) async throws -> R {
        try await turns.withLock(secret, body)
    }

    // MARK: At the start

    /// The secret as it is kept; nil: there is none. An index that has none yet takes over what the data directory has.
    /// - Throws: `LarderError` for who starts the server.
    func read(_ secret: Secret) async throws -> String? {
        guard blobs.keepsSecrets else { return try await blobs.pool.run { [self] in try file(secret).read() } }
        let fact = secret.fact
        if let kept = try await blobs.look({ try $0.fact(fact) }) { return String(decoding: kept, as: UTF8.self) }
        guard let found = try await blobs.pool.run({ [self] in try file(secret).read() }) else { return nil }
        if secret != .olderSigningKeys { try SecretFile.check(found, named: file(secret).path) }
        return try await keepFirst(found, secret)
    }

    /// The same; a missing one is made.
    /// - Throws: `LarderError`, also when it is too short.
    func read(_ secret: Secret, orMake newSecret: @Sendable () -> String) async throws -> String {
        if let text = try await read(secret) {
            try SecretFile.check(text, named: place(secret))
            return text
        }
        let made = newSecret()
        guard blobs.keepsSecrets else {
            try await blobs.pool.run { [self] in
                do { try file(secret).replace(made) } catch {
                    throw LarderError(.internalError, "can't make \(file(secret).path): \(error)")
                }
            }
            return made
        }
        return try await keepFirst(made, secret)
    }

    /// Puts a secret into the index that has none.
    /// - Returns: the one that it has now: another node may have been first.
    private func keepFirst(_ text: String, _ secret: Secret) async throws -> String {
        let fact = secret.fact
        return try await blobs.change(.belowTheFloor) { transaction in
            if let first = try transaction.reader.fact(fact) { return String(decoding: first, as: UTF8.self) }
            try transaction.note(fact, Array(text.utf8))
            return text
        }
    }

    /// Where the index keeps the secrets, leaves in the data directory what belongs there: a copy of the admin token,
    /// and no key.
    func copy(adminToken: String) async throws {
        guard blobs.keepsSecrets else { return }
        try await blobs.pool.run { [self] in
            if (try? file(.adminToken).read()) != adminToken { try file(.adminToken).replace(adminToken) }
        }
    }

    /// The same for the keys, once the index has them.
    func removeKeyFiles() async throws {
        guard blobs.keepsSecrets else { return }
        try await blobs.pool.run { [self] in
            for secret in [Secret.signingKey, .olderSigningKeys] { try FileSystem.remove(file(secret).path) }
        }
    }

    // MARK: Later

    /// Replaces the signing keys of an index that keeps them by what `next` makes of those that it has, in one
    /// transaction: another node may have changed them.
    func replaceSigningKeys(_ next: @escaping @Sendable (SigningSecrets) throws -> SigningSecrets) async throws
        -> SigningSecrets
    {
        try await blobs.change(.evenWhenFull) { transaction in
            func kept(_ secret: Secret) throws -> String {
                String(decoding: try transaction.reader.fact(secret.fact) ?? [], as: UTF8.self)
            }
            guard let older = SigningSecrets.older(parsing: try kept(.olderSigningKeys)) else {
                throw LarderError(.internalError, "The older signing keys in the index can't be read; see the log.")
            }
            let new = try next(SigningSecrets(current: try kept(.signingKey), older: older))
            try transaction.note(.olderSigningKeys, Array(new.olderText.utf8))
            try transaction.note(.signingKey, Array(new.current.utf8))
            try transaction.changeAccess()
            return new
        }
    }

    /// Makes other secrets durable, in this order, or all at once. A failed fsync ends writing, as everywhere; a full
    /// disk doesn't hinder it.
    /// - Throws: `LarderError`.
    func replace(_ changes: [(Secret, String)]) async throws {
        guard !blobs.keepsSecrets else {
            return try await blobs.change(.evenWhenFull) { transaction in
                for (secret, text) in changes { try transaction.note(secret.fact, Array(text.utf8)) }
                try transaction.changeAccess()
            }
        }
        if let refusal = blobs.readOnlyReason { throw refusal }
        do {
            try await blobs.withReserve { [self] in
                try await blobs.pool.run { [self] in
                    for (secret, text) in changes { try file(secret).replace(text) }
                }
            }
        } catch { throw blobs.writeFailure(error) }
    }
}
