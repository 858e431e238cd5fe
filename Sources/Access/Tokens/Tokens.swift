package import BlobStore
import Index
package import LarderModel

/// Tokens in the index and in the authenticator, changed together: a new one is durable first and in force then, one
/// that is revoked out of force first.
package struct Tokens: Sendable {
    private let blobs: BlobStore
    private let authenticator: Authenticator
    private let audit: AuditLog

    package init(blobs: BlobStore, authenticator: Authenticator, audit: AuditLog) {
        self.blobs = blobs
        self.authenticator = authenticator
        self.audit = audit
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
        guard authenticator.tokens.count < Authenticator.tokensMax else {
            throw LarderError(.conflict, "There are \(Authenticator.tokensMax) tokens already; revoke some first.")
        }
        let secret = Token.newSecret()
        let now = blobs.now
        let token = Token(
            id: Token.newID(), scopes: scopes, site: site, stores: stores, note: note, createdAt: now,
            expiresAt: lifetime.map { now + $0 },
            hash: Authenticator.hash(secret), limit: limit)
        let draft = AuditDraft(who: requester, act: .createToken, subject: token.id, detail: token.auditDetail)
        try await blobs.change { transaction in
            try transaction.insert(token)
            try transaction.record(draft)
        }
        authenticator.add(token)
        audit.log(draft)
        return (token, secret)
    }

    /// Takes a token out of force, and then makes that durable.
    /// - Returns: whether there was such a token.
    /// - Throws: `LarderError`: it is out of force until a restart, and whoever asked has to ask again.
    package func revoke(_ id: String, by requester: String) async throws -> Bool {
        let draft = AuditDraft(who: requester, act: .revokeToken, subject: id)
        authenticator.remove(id: id)
        do {
            let wasThere = try await blobs.change(.evenWhenFull) { transaction in
                guard try transaction.deleteToken(id: id) else { return false }
                try transaction.record(draft)
                return true
            }
            if wasThere { audit.log(draft) }
            return wasThere
        } catch {
            let error = LarderError.wrapping(error)
            throw LarderError(
                error.code,
                "The token is out of force until the server is restarted; that it stays so could not be written down. "
                    + "Revoke it again. (\(error.message))",
                cause: error.cause)
        }
    }

    /// Writes down when tokens were last used.
    package func saveUses() async throws {
        let uses = authenticator.drainUses()
        guard !uses.isEmpty else { return }
        try await blobs.change(.belowTheFloor) { try $0.recordTokenUses(uses) }
    }
}
