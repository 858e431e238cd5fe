package import BlobStore
import Index
package import LarderModel

/// Tokens in the index and in the authenticator, changed together: a new one is durable first and in force then, one
/// that is revoked out of force first.
package struct Tokens: Sendable {
    private let blobs: BlobStore
    private let authenticator: Authenticator
    private let audit: AuditLog
    /// Brings memory up to what the index has, after a change, where other nodes may have changed it too.
    private let settle: @Sendable () async -> Void

    init(
        blobs: BlobStore, authenticator: Authenticator, audit: AuditLog, settle: @escaping @Sendable () async -> Void
    ) {
        self.blobs = blobs
        self.authenticator = authenticator
        self.audit = audit
        self.settle = settle
    }

    /// All tokens that are kept.
    package static func load(_ blobs: BlobStore) async throws -> [Token] {
        try await blobs.look { try $0.tokens() }
    }

    /// - Returns: the token and its secret, which nobody will see again.
    /// - Throws: `LarderError` `.conflict` when there are too many, `.diskFull`.
    package func create(
        scopes: Set<Principal.Scope>, site: SiteID?, stores: [Glob]?, note: String, lifetime: Duration?,
        limit: RateLimit, by requester: String
    ) async throws -> (token: Token, secret: String) {
        let secret = Token.newSecret()
        let now = blobs.now
        let token = Token(
            id: Token.newID(), scopes: scopes, site: site, stores: stores, note: note, createdAt: now,
            expiresAt: lifetime.map { now + $0 },
            hash: Authenticator.hash(secret), limit: limit)
        let draft = AuditDraft(who: requester, act: .createToken, subject: token.id, detail: token.auditDetail)
        try await blobs.change { transaction in
            guard try transaction.reader.tokenCount() < Authenticator.tokensMax else {
                throw LarderError(.conflict, "There are \(Authenticator.tokensMax) tokens already; revoke some first.")
            }
            try transaction.insert(token)
            try transaction.record(draft)
        }
        if blobs.isShared { await settle() } else { authenticator.add(token) }
        audit.log(draft)
        return (token, secret)
    }

    /// All tokens, oldest first, with the uses that this node has seen.
    package func all() async throws -> [Token] {
        let known = authenticator.tokens
        guard blobs.isShared else { return known.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) } }
        let uses = Dictionary(known.map { ($0.id, $0.lastUsedAt) }) { first, _ in first }
        return try await Self.load(blobs).map { $0.used(at: uses[$0.id] ?? nil) }
    }

    /// Takes a token out of force, and then makes that durable. Where other nodes have it too it is durable first, and
    /// out of force here with the answer.
    /// - Returns: whether there was such a token.
    /// - Throws: `LarderError`: it is out of force until a restart, and whoever asked has to ask again; or nothing has
    ///   happened, where other nodes have it too.
    package func revoke(_ id: String, by requester: String) async throws -> Bool {
        guard !blobs.isShared else {
            let wasThere = try await delete(id, by: requester)
            await settle()
            return wasThere
        }
        authenticator.remove(id: id)
        do { return try await delete(id, by: requester) } catch {
            let error = LarderError.wrapping(error)
            throw LarderError(
                error.code,
                "The token is out of force until the server is restarted; that it stays so could not be written down. "
                    + "Revoke it again. (\(error.message))",
                cause: error.cause)
        }
    }

    private func delete(_ id: String, by requester: String) async throws -> Bool {
        let draft = AuditDraft(who: requester, act: .revokeToken, subject: id)
        let wasThere = try await blobs.change(.evenWhenFull) { transaction in
            guard try transaction.deleteToken(id: id) else { return false }
            try transaction.record(draft)
            return true
        }
        if wasThere { audit.log(draft) }
        return wasThere
    }

    /// Writes down when tokens were last used.
    package func saveUses() async throws {
        let uses = authenticator.drainUses()
        guard !uses.isEmpty else { return }
        try await blobs.change(.belowTheFloor) { try $0.recordTokenUses(uses) }
    }
}

extension Token {
    /// The same, with a use of it where that is later than the last one.
    fileprivate func used(at time: Timestamp?) -> Token {
        guard let time, time > lastUsedAt ?? .init(milliseconds: .min) else { return self }
        var token = self
        token.lastUsedAt = time
        return token
    }
}

private func < (a: (Timestamp, String), b: (Timestamp, String)) -> Bool { a.0 != b.0 ? a.0 < b.0 : a.1 < b.1 }
