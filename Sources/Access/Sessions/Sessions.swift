import BlobStore
import Hashing
import Index
package import LarderModel
import Synchronization

/// Sessions of the web console: a token presented once, a cookie from then on. The index keeps them, so that they
/// survive a restart and count on every node; all are in memory as well. Of the cookie's secret there is a hash. A
/// session is never worth more than its token: revoked or expired, it ends the session at once.
package final class Sessions: Sendable {
    package static let lifetime = Duration.seconds(12 * 3_600)
    /// Sessions at once; beyond them no more are begun.
    package static let countMax = 1_000
    /// Sessions of one token at once; beyond them its oldest goes.
    package static let perTokenMax = 50

    /// An open session.
    package struct Session: Sendable {
        package let principal: Principal
        fileprivate let row: SessionRow

        package var expiresAt: Timestamp { row.expiresAt }
    }

    private let blobs: BlobStore
    private let authenticator: Authenticator
    private let open = Mutex<[SessionID: Session]>([:])
    private var clock: WallClock { blobs.clock }

    init(_ blobs: BlobStore, _ authenticator: Authenticator) {
        self.blobs = blobs
        self.authenticator = authenticator
    }

    // MARK: Beginning and ending

    /// Begins a session, once it is durable. Where the index is no other node's, and can't be written, it is begun all
    /// the same and ends with the next restart: whoever is to mend that needs the console.
    /// - Parameter token: the secret of a token.
    /// - Returns: the session, and the cookie's secret: 256 random bits.
    /// - Throws: `LarderError` `.unauthorized` for a token that is not valid, `.conflict` when there are too many
    ///   sessions.
    func begin(token: String) async throws -> (session: Session, secret: String) {
        let principal = try authenticator.principal(secret: token)
        let secret = Secrets.random()
        let end = blobs.now + Self.lifetime
        let session = Session(
            principal: principal.in(SessionID(secret: secret)),
            row: SessionRow(
                id: Authenticator.hash(secret), tokenHash: Authenticator.hash(token),
                expiresAt: authenticator.expiry(of: principal).map { min($0, end) } ?? end))
        let row = session.row, isShared = blobs.isShared, now = blobs.now
        do {
            let ended = try await blobs.change(.evenWhenFull) { [authenticator] transaction in
                let reader = transaction.reader
                let rows = try reader.sessions()
                try transaction.insert(row)
                let count = try isShared ? Self.counted(reader) : authenticator.counts
                guard count(row.tokenHash) else {
                    throw LarderError(.unauthorized, "This token is not valid here.")
                }
                let ended = try Self.ended(for: row, among: rows, now, count)
                try transaction.deleteSessions(ended)
                return ended
            }
            if !isShared { try keep(session, ended) }
        } catch let error as LarderError where !isShared && ![.unauthorized, .conflict].contains(error.code) {
            try keep(session, nil)
        }
        return (session, secret)
    }

    /// Tells whether the token of a hash is one, by what the index has.
    private static func counted(_ reader: IndexReader) throws -> @Sendable ([UInt8]) -> Bool {
        let admin = try reader.fact(.adminToken).map { Authenticator.hash(String(decoding: $0, as: UTF8.self)) }
        let tokens = try reader.tokensOfSessions()
        return { $0 == admin || tokens.contains($0) }
    }

    /// Those that end when one more is begun: what is over, what has lost its token, and the oldest of the same token
    /// when that has too many.
    /// - Throws: `LarderError` `.conflict` when there are too many all the same.
    private static func ended(
        for new: SessionRow, among rows: some Collection<SessionRow>, _ now: Timestamp, _ counts: ([UInt8]) -> Bool
    ) throws(LarderError) -> [[UInt8]] {
        let going = rows.filter { $0.expiresAt > now && counts($0.tokenHash) }
        var ended = Set(rows).subtracting(going).map(\.id)
        let own = going.filter { $0.tokenHash == new.tokenHash }.sorted { $0.expiresAt < $1.expiresAt }
        ended += own.dropLast(perTokenMax - 1).map(\.id)
        guard rows.count - ended.count < countMax else {
            throw LarderError(.conflict, "There are \(countMax) console sessions already; sign out of one, or wait.")
        }
        return ended
    }

    /// Takes a new one into memory.
    /// - Parameter ended: those that it ends; nil: to be found here.
    private func keep(_ session: Session, _ ended: [[UInt8]]?) throws {
        let now = blobs.now
        try open.withLock { open in
            let ended =
                try ended
                ?? Self.ended(
                    for: session.row, among: open.values.map(\.row), now, authenticator.counts)
            for id in ended { open[SessionID(hash: id)] = nil }
            open[SessionID(session.row)] = session
        }
    }

    /// Ends a session.
    /// - Throws: `LarderError`: it may count again after a restart, or until it is ended again.
    func end(_ id: SessionID) async throws {
        if !blobs.isShared { forget(id) }
        try await blobs.change(.evenWhenFull) { try $0.deleteSessions([id.hash]) }
    }

    private func forget(_ id: SessionID) { open.withLock { $0[id] = nil } }

    /// Has these and no others from now on, but for those whose tokens are not there.
    func replace(_ rows: [SessionRow]) {
        let now = blobs.now
        open.withLock { open in
            var next: [SessionID: Session] = [:]
            for row in rows where row.expiresAt > now {
                let id = SessionID(row)
                if let known = open[id], authenticator.isStillValid(known.principal) {
                    next[id] = known
                } else if let principal = authenticator.principal(hash: row.tokenHash) {
                    next[id] = Session(principal: principal.in(id), row: row)
                }
            }
            open = next
        }
    }

    // MARK: Asking

    /// - Parameter secret: the cookie's.
    /// - Returns: nil when there is no such session, or it is over.
    /// - Throws: `LarderError` `.unauthorized` when another node may know it.
    package func session(secret: some StringProtocol) throws(LarderError) -> Session? {
        let id = SessionID(secret: secret)
        guard let session = open.withLock({ $0[id] }) else {
            guard blobs.isShared else { return nil }
            throw LarderError(
                .unauthorized, "There is no session; POST a token here to begin one.", unknown: .session)
        }
        guard session.expiresAt > clock.now(), authenticator.renew(session.principal) else {
            forget(id)
            return nil
        }
        return session
    }

    /// Whether a session is still going on; its token is not asked about.
    package func isOpen(_ id: SessionID) -> Bool {
        let now = clock.now()
        return open.withLock { $0[id].map { $0.expiresAt > now } ?? false }
    }

    /// What every change through a cookie has to show besides: only a page of our own could read it. It follows from
    /// the cookie's secret and not the other way round.
    package static func csrf(secret: some StringProtocol) -> String {
        SHA256.hash(data: Array("larder csrf \(secret)".utf8)).hex
    }
}

extension Principal {
    /// The same through a session.
    fileprivate func `in`(_ session: SessionID) -> Principal {
        var principal = self
        principal.session = session
        return principal
    }
}
