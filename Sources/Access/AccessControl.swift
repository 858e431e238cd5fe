package import BlobStore
import Index
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
    private let blobs: BlobStore
    private let look: SharedLook

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
        self.blobs = blobs
        audit = AuditLog(blobs: blobs, logger: logger)
        authenticator = Authenticator(
            adminToken: adminToken.initial, tokens: try await Tokens.load(blobs), isOpen: isOpen,
            defaultLimit: defaultLimit, clock: blobs.clock, isShared: blobs.isShared)
        sessions = Sessions(blobs, authenticator)
        attempts = AttemptLimit(clock: blobs.clock)
        let reload = AccessReload(blobs, authenticator, sessions, signingKeys, adminToken)
        let look = SharedLook { try await reload.run() }
        self.look = look
        let isShared = blobs.isShared
        tokens = Tokens(blobs: blobs, authenticator: authenticator, audit: audit) {
            if isShared { try? await look.run() }
        }
        sessions.replace(try await blobs.look { try $0.sessions() })
        try await refresh()
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

    // MARK: Beside other nodes

    /// Brings what is in memory up to what the index has: what was changed before the call, on any node, holds behind
    /// it. Where no other node has the index it does nothing.
    package func refresh() async throws {
        if blobs.isShared { try await look.run() }
    }

    /// Calls `body` when another node says that it has changed something of this, on a thread of its own: it must not
    /// block. Some of it may be lost.
    package func whenChanged(_ body: @escaping @Sendable () -> Void) {
        blobs.observeNews { news in if news.hasAccess { body() } }
    }

    /// Does what ``refresh()`` does, and gives this node its part of all rates.
    package func keepUp() async throws {
        authenticator.shareRates(among: blobs.upCount)
        try await refresh()
    }

    /// Runs `body`, and once more behind a look in the index when it meets what may be known there.
    package func informed<R>(_ body: () async throws -> R) async throws -> R {
        do { return try await body() } catch let error as LarderError where error.unknown != nil {
            try await refresh()
            return try await body()
        }
    }

    // MARK: Sessions

    /// Begins a console session.
    /// - Throws: as ``Sessions/begin(token:)``.
    package func beginSession(token: String) async throws -> (session: Sessions.Session, secret: String) {
        let begun = try await informed { try await sessions.begin(token: token) }
        try? await refresh()
        return begun
    }

    /// Ends it.
    /// - Throws: as ``Sessions/end(_:)``.
    package func endSession(_ id: SessionID) async throws {
        try await sessions.end(id)
        try? await refresh()
    }

    // MARK: New secrets in the place of old ones

    /// Rolls the admin token: the old one is out of force when this returns.
    /// - Returns: the new token, which nobody will see again.
    package func rollAdminToken(by requester: String) async throws -> String {
        let token = try await adminToken.roll(authenticator)
        try? await refresh()
        await audit.record(AuditDraft(who: requester, act: .rollAdminToken, subject: "admin"))
        return token
    }

    /// Signs with a new key from now on.
    /// - Parameter keepOld: how long the present key counts; zero: it and all older ones are out at once.
    /// - Returns: until when the present key counts; nil: no longer.
    /// - Throws: `LarderError` `.conflict` where the environment gives the secret, or too many older keys still count.
    package func rotateSigningKey(keepOld: Duration, by requester: String) async throws -> Timestamp? {
        let until = try await signingKeys.rotate(keepOld: keepOld)
        try? await refresh()
        var detail = JSONWriter()
        detail.object { $0.field("oldValidUntil", until?.iso8601) }
        await audit.record(
            AuditDraft(who: requester, act: .rotateSigningKey, subject: "signing key", detail: detail.bytes))
        return until
    }
}
