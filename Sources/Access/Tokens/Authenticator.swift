import Hashing
package import LarderModel
import Synchronization

/// Turns a bearer token into a ``Principal``. Knows only hashes of tokens; all of them are in memory, so a revoked one
/// is out at once.
package final class Authenticator: Sendable {
    /// Tokens at once; creating another is refused.
    package static let tokensMax = 10_000
    /// How exactly the last use of a token is kept.
    package static let useGrain = Duration.seconds(60)

    private struct State {
        var adminHash: [UInt8]
        var byHash: [[UInt8]: Token]
        var hashes: [String: [UInt8]] = [:]
        /// Of the tokens that have a limit.
        var limiters: [String: RateLimiter] = [:]
        /// Tokens used since they were last written down.
        var used: [String: Timestamp] = [:]

        func token(id: String) -> Token? { hashes[id].flatMap { byHash[$0] } }

        mutating func recordUse(_ token: Token, _ now: Timestamp) {
            guard token.lastUsedAt.map({ $0 + Authenticator.useGrain <= now }) ?? true else { return }
            byHash[token.hash]?.lastUsedAt = now
            used[token.id] = now
        }
    }
    private let state: Mutex<State>
    /// Goes up each time the admin token is rolled.
    private let adminGeneration = Atomic<Int>(0)
    /// Whether everybody is an admin.
    package let isOpen: Bool
    private let clock: WallClock
    /// Whether other nodes may have made tokens that are not known here yet.
    private let isShared: Bool

    /// Limits of tokens that have none of their own. The admin token has none at all.
    private let defaultLimit: RateLimit
    private let isAnyLimited = Atomic<Bool>(false)
    private let share = RateShare()

    /// - Parameters:
    ///   - adminToken: the text of `admin.token`.
    ///   - tokens: those that are kept.
    ///   - isOpen: whether everybody is an admin (`--no-auth`, on loopback only).
    package init(
        adminToken: String, tokens: [Token] = [], isOpen: Bool = false, defaultLimit: RateLimit = .none,
        clock: WallClock = .system, isShared: Bool = false
    ) {
        state = Mutex(State(adminHash: Self.hash(adminToken), byHash: [:]))
        self.isOpen = isOpen
        self.isShared = isShared
        self.defaultLimit = defaultLimit
        self.clock = clock
        for token in tokens { add(token) }
    }

    /// Whether any principal has a limiter. A look that costs nothing, for the many servers where none has.
    package var hasLimits: Bool { isAnyLimited.load(ordering: .relaxed) }

    /// - Parameter authorization: the `Authorization` field; nil: there was none.
    /// - Throws: `LarderError` `.unauthorized`.
    package func principal(authorization: String?) throws(LarderError) -> Principal {
        if isOpen { return .admin }
        guard let authorization else {
            throw LarderError(
                .unauthorized,
                "A token is needed: Authorization: Bearer <token>. The first one is in <data>/admin.token.")
        }
        guard authorization.utf8.count > 7, authorization.prefix(7).lowercased() == "bearer " else {
            throw LarderError(.unauthorized, "The Authorization field must be 'Bearer <token>'.")
        }
        return try principal(secret: authorization.dropFirst(7).drop { $0 == " " })
    }

    /// - Parameter secret: a token as it was given out.
    /// - Throws: `LarderError` `.unauthorized`.
    package func principal(secret: some StringProtocol) throws(LarderError) -> Principal {
        if isOpen { return .admin }
        // The hash of what was presented tells nothing about the hashes that are kept, so looking it up leaks nothing
        // by its time.
        let presented = Self.hash(secret)
        let now = clock.now()
        let found: Result<Principal, LarderError> = state.withLock { state in
            guard let (token, principal) = known(presented, state) else {
                return .failure(
                    LarderError(.unauthorized, "This token is not valid here.", unknown: isShared ? .token : nil))
            }
            guard let token else { return .success(principal) }
            guard token.isValid(at: now) else { return .failure(LarderError(.unauthorized, "This token has expired.")) }
            state.recordUse(token, now)
            return .success(principal)
        }
        return try found.get()
    }

    /// The token of a hash, nil for that of the admin, and whom it stands for; nil: there is none.
    private func known(_ hash: [UInt8], _ state: State) -> (Token?, Principal)? {
        if equalInConstantTime(hash, state.adminHash) {
            return (nil, .admin(generation: adminGeneration.load(ordering: .relaxed)))
        }
        return state.byHash[hash].map { ($0, $0.principal(state.limiters[$0.id])) }
    }

    /// Whom the token of this hash stands for; nil: there is none that counts.
    func principal(hash: [UInt8]) -> Principal? {
        let now = clock.now()
        return state.withLock { state in
            guard let (token, principal) = known(hash, state), token?.isValid(at: now) ?? true else { return nil }
            return principal
        }
    }

    /// Whether the token of this hash counts.
    @Sendable func counts(_ hash: [UInt8]) -> Bool { principal(hash: hash) != nil }

    /// Whether a principal that was let in before still would be: its token is neither rolled nor revoked nor expired.
    package func isStillValid(_ principal: Principal) -> Bool { standing(principal) == .good }
    /// The same, and counts as a use of its token.
    package func renew(_ principal: Principal) -> Bool { standing(principal, isUse: true) == .good }

    /// What has become of the token of a principal that was let in before.
    package func standing(_ principal: Principal, isUse: Bool = false) -> Standing {
        switch principal.credential {
        case .open: return isOpen ? .good : .revoked
        case .admin(let generation): return adminGeneration.load(ordering: .relaxed) == generation ? .good : .revoked
        case .token(let id):
            let now = clock.now()
            return state.withLock { state in
                guard let token = state.token(id: id) else { return .revoked }
                guard token.isValid(at: now) else { return .expired }
                if isUse { state.recordUse(token, now) }
                return .good
            }
        }
    }

    /// When the token of a principal expires; nil: never.
    package func expiry(of principal: Principal) -> Timestamp? {
        guard case .token(let id) = principal.credential else { return nil }
        return state.withLock { $0.token(id: id)?.expiresAt }
    }

    package static func hash(_ token: some StringProtocol) -> [UInt8] { SHA256.hash(data: Array(token.utf8)) }

    // MARK: Changes, after they are durable

    package var tokens: [Token] { state.withLock { Array($0.byHash.values) } }
    package func add(_ token: Token) {
        let limit = token.limit.completed(by: defaultLimit)
        state.withLock { state in
            state.byHash[token.hash] = token
            state.hashes[token.id] = token.hash
            if limit != .none { state.limiters[token.id] = RateLimiter(limit, share: share) }
            isAnyLimited.store(!state.limiters.isEmpty, ordering: .relaxed)
        }
    }

    /// Has these tokens and no others from now on. Of those that it had it keeps how much of their rates is used, and
    /// when they were used.
    func replaceTokens(_ tokens: [Token]) {
        let new = tokens.map { (token: $0, limit: $0.limit.completed(by: defaultLimit)) }
        state.withLock { state in
            var next = State(adminHash: state.adminHash, byHash: [:])
            for (var token, limit) in new {
                if let known = state.byHash[token.hash]?.lastUsedAt {
                    token.lastUsedAt = max(known, token.lastUsedAt ?? known)
                }
                next.byHash[token.hash] = token
                next.hashes[token.id] = token.hash
                next.used[token.id] = state.used[token.id]
                guard limit != .none else { continue }
                next.limiters[token.id] = state.limiters[token.id] ?? RateLimiter(limit, share: share)
            }
            state = next
            isAnyLimited.store(!state.limiters.isEmpty, ordering: .relaxed)
        }
    }

    /// Gives each of so many nodes its part of every rate.
    func shareRates(among nodes: Int) { share.set(nodes: nodes) }

    package func remove(id: String) {
        state.withLock { state in
            if let hash = state.hashes.removeValue(forKey: id) { state.byHash[hash] = nil }
            state.limiters[id] = nil
            isAnyLimited.store(!state.limiters.isEmpty, ordering: .relaxed)
        }
    }
    /// - Returns: whether it is another one.
    @discardableResult
    package func replaceAdminToken(_ token: String) -> Bool {
        let hash = Self.hash(token)
        return state.withLock { state in
            guard state.adminHash != hash else { return false }
            state.adminHash = hash
            adminGeneration.wrappingAdd(1, ordering: .relaxed)
            return true
        }
    }

    /// Uses that have not been written down yet; they are forgotten here.
    package func drainUses() -> [String: Timestamp] {
        state.withLock { state in
            defer { state.used = [:] }
            return state.used
        }
    }
}

/// Compares without telling by its time where the first difference lies. Lengths may be told.
package func equalInConstantTime(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    var difference: UInt8 = 0
    for i in a.indices { difference |= a[i] ^ b[i] }
    return difference == 0
}
