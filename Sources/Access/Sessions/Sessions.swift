import Hashing
package import LarderModel
import Synchronization

/// Names a session in memory: the hash of its secret.
package struct SessionID: Sendable, Hashable {
    fileprivate let hash: [UInt8]
    fileprivate init(secret: some StringProtocol) { hash = Authenticator.hash(secret) }
}

/// Sessions of the web console: a token presented once, a cookie from then on. In memory only, so a restart ends them
/// all. Of the cookie's secret there is a hash. A session is never worth more than its token: revoked or expired, it
/// ends the session at once.
package final class Sessions: Sendable {
    package static let lifetime = Duration.seconds(12 * 3_600)
    /// Sessions at once; beyond them no more are begun.
    package static let countMax = 1_000
    /// Sessions of one token at once; beyond them its oldest goes.
    package static let perTokenMax = 50

    /// An open session.
    package struct Session: Sendable {
        package let principal: Principal
        package let expiresAt: Timestamp
    }

    private let authenticator: Authenticator
    private let clock: WallClock
    private let open = Mutex<[SessionID: Session]>([:])

    package init(authenticator: Authenticator, clock: WallClock = .system) {
        self.authenticator = authenticator
        self.clock = clock
    }

    /// Begins a session.
    /// - Parameter token: the secret of a token.
    /// - Returns: the session, and the cookie's secret: 256 random bits.
    /// - Throws: `LarderError` `.unauthorized` for a token that is not valid, `.conflict` when there are too many
    ///   sessions.
    package func begin(token: String) throws(LarderError) -> (session: Session, secret: String) {
        var principal = try authenticator.principal(secret: token)
        let secret = Secrets.random()
        let id = SessionID(secret: secret)
        principal.session = id
        let now = clock.now()
        let end = now + Self.lifetime
        let session = Session(
            principal: principal, expiresAt: authenticator.expiry(of: principal).map { min($0, end) } ?? end)
        let isTaken = open.withLock { open in
            open = open.filter { $0.value.expiresAt > now && authenticator.isStillValid($0.value.principal) }
            let own = open.filter { $0.value.principal.credential == principal.credential }
            if own.count >= Self.perTokenMax, let oldest = own.min(by: { $0.value.expiresAt < $1.value.expiresAt }) {
                open[oldest.key] = nil
            }
            guard open.count < Self.countMax else { return false }
            open[id] = session
            return true
        }
        guard isTaken else {
            throw LarderError(
                .conflict, "There are \(Self.countMax) console sessions already; sign out of one, or wait.")
        }
        return (session, secret)
    }

    /// - Parameter secret: the cookie's.
    /// - Returns: nil when there is no such session, or it is over.
    package func session(secret: some StringProtocol) -> Session? {
        let id = SessionID(secret: secret)
        guard let session = open.withLock({ $0[id] }) else { return nil }
        guard session.expiresAt > clock.now(), authenticator.renew(session.principal) else {
            end(id)
            return nil
        }
        return session
    }

    /// Whether a session is still going on; its token is not asked about.
    package func isOpen(_ id: SessionID) -> Bool {
        let now = clock.now()
        return open.withLock { $0[id].map { $0.expiresAt > now } ?? false }
    }

    package func end(_ id: SessionID) { open.withLock { $0[id] = nil } }

    /// What every change through a cookie has to show besides: only a page of our own could read it. It follows from
    /// the cookie's secret and not the other way round.
    package static func csrf(secret: some StringProtocol) -> String {
        SHA256.hash(data: Array("larder csrf \(secret)".utf8)).hex
    }
}
