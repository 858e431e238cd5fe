package import BlobStore
package import LarderModel
package import Logging

/// Who may do what, and what keeps that: tokens, sessions, signatures, their secrets, and the log of what admins did.
package struct AccessControl: Sendable {
    package let authenticator: Authenticator
    package let sessions: Sessions
    /// Bounds wrong tokens at the console's door.
    package let attempts: AttemptLimit
    package let tokens: Tokens
    package let signingKeys: SigningKeys
    package let audit: AuditLog
    private let adminToken: AdminToken

    package var signer: URLSigner { signingKeys.signer }

    /// - Parameters:
    ///   - isOpen: whether everybody is an admin.
    ///   - defaultLimit: of tokens that have none of their own.
    package init(
        blobs: BlobStore, adminToken: AdminToken, signingKeys: SigningKeys, isOpen: Bool = false,
        defaultLimit: RateLimit = .none, logger: Logger
    ) async throws {
        self.adminToken = adminToken
        self.signingKeys = signingKeys
        audit = AuditLog(blobs: blobs, logger: logger)
        authenticator = Authenticator(
            adminToken: adminToken.initial, tokens: try await Tokens.load(blobs), isOpen: isOpen,
            defaultLimit: defaultLimit, clock: blobs.clock)
        sessions = Sessions(authenticator: authenticator, clock: blobs.clock)
        attempts = AttemptLimit(clock: blobs.clock)
        tokens = Tokens(blobs: blobs, authenticator: authenticator, audit: audit)
    }

    /// What has become of the grounds on which a request was let in.
    package func standing(of grounds: Grounds) -> Standing {
        switch grounds {
        case .everybody: return .good
        case .signature(let grant): return signer.standing(grant)
        case .token(let principal):
            let standing = authenticator.standing(principal)
            guard standing == .good, let session = principal.session else { return standing }
            return sessions.isOpen(session) ? .good : .expired
        }
    }

    // MARK: New secrets in the place of old ones

    /// Rolls the admin token: the old one is out of force when this returns.
    /// - Returns: the new token, which nobody will see again.
    package func rollAdminToken(by requester: String) async throws -> String {
        let token = try await adminToken.roll(authenticator)
        await audit.record(AuditDraft(who: requester, act: .rollAdminToken, subject: "admin"))
        return token
    }

    /// Signs with a new key from now on.
    /// - Parameter keepOld: how long the present key counts; zero: it and all older ones are out at once.
    /// - Returns: until when the present key counts; nil: no longer.
    /// - Throws: `LarderError` `.conflict` where the environment gives the secret, or too many older keys still count.
    package func rotateSigningKey(keepOld: Duration, by requester: String) async throws -> Timestamp? {
        let until = try await signingKeys.rotate(keepOld: keepOld)
        var detail = JSONWriter()
        detail.object { $0.field("oldValidUntil", until?.iso8601) }
        await audit.record(
            AuditDraft(who: requester, act: .rotateSigningKey, subject: "signing key", detail: detail.bytes))
        return until
    }
}
