import Access
import LarderModel
import LarderTestSupport
import Testing

@Suite("A console session")
struct SessionsTests {
    private let clock = ManualClock()
    private let authenticator: Authenticator
    private let sessions: Sessions

    init() throws {
        authenticator = Authenticator(adminToken: "s3cret", clock: clock.clock)
        sessions = Sessions(authenticator: authenticator, clock: clock.clock)
        for id in ["1", "2"] { authenticator.add(try token(id)) }
    }

    private func token(_ id: String, expiresAt: Timestamp? = nil) throws -> Token {
        Token(
            id: id, scopes: [.read], site: nil, stores: nil, note: "", createdAt: clock.now, expiresAt: expiresAt,
            hash: Authenticator.hash("secret \(id)"))
    }

    @Test("stands for its token, and says that it is a session")
    func begun() throws {
        let (session, secret) = try sessions.begin(token: "secret 1")
        #expect(session.principal.credential == .token(id: "1"))
        #expect(session.principal.name == "token 1 (console)")
        #expect(session.expiresAt == clock.now + Sessions.lifetime)
        #expect(secret.utf8.count == 64)
        #expect(sessions.session(secret: secret)?.principal == session.principal)
        #expect(try sessions.begin(token: "s3cret").session.principal.scopes == [.admin])
        #expect(sessions.session(secret: secret.uppercased() + "A") == nil)
        #expect(sessions.session(secret: "") == nil)
    }

    @Test("is not begun with a wrong token", arguments: ["", "secret 3", "secret 1 "])
    func refused(token: String) {
        let error = #expect(throws: LarderError.self) { try sessions.begin(token: token) }
        #expect(error?.code == .unauthorized)
    }

    @Test("ends with its token at once, and another token's goes on")
    func revoked() throws {
        let one = try sessions.begin(token: "secret 1").secret, two = try sessions.begin(token: "secret 2").secret
        authenticator.remove(id: "1")
        #expect(sessions.session(secret: one) == nil)
        #expect(sessions.session(secret: two) != nil)
        // A token that has the same ID again is another token; its session is gone for good.
        authenticator.add(try token("1"))
        #expect(sessions.session(secret: one) == nil)
    }

    @Test("ends when the admin token is rolled")
    func rolled() throws {
        let secret = try sessions.begin(token: "s3cret").secret
        #expect(sessions.session(secret: secret) != nil)
        authenticator.replaceAdminToken("new")
        #expect(sessions.session(secret: secret) == nil)
    }

    @Test("ends after twelve hours, to the millisecond, or with its token before that")
    func expiry() throws {
        authenticator.add(try token("short", expiresAt: clock.now + .seconds(60)))
        let short = try sessions.begin(token: "secret short"), long = try sessions.begin(token: "secret 1")
        #expect(short.session.expiresAt == clock.now + .seconds(60))
        clock.advance(by: .seconds(60))
        #expect(sessions.session(secret: short.secret) == nil)
        clock.advance(by: Sessions.lifetime - .seconds(60) - .milliseconds(1))
        let id = try #require(long.session.principal.session)
        #expect(sessions.session(secret: long.secret) != nil)
        #expect(sessions.isOpen(id))
        clock.advance(by: .milliseconds(1))
        #expect(!sessions.isOpen(id))
        #expect(sessions.session(secret: long.secret) == nil)
    }

    @Test("is ended by signing out")
    func signedOut() throws {
        let (session, secret) = try sessions.begin(token: "secret 1")
        let id = try #require(session.principal.session)
        sessions.end(id)
        #expect(!sessions.isOpen(id))
        #expect(sessions.session(secret: secret) == nil)
    }

    @Test("of one token gives way to its newest; all together are bounded, and what ended makes room")
    func bounded() throws {
        let first = try sessions.begin(token: "secret 1").secret
        for _ in 0..<Sessions.perTokenMax {
            clock.advance(by: .milliseconds(1))
            _ = try sessions.begin(token: "secret 1")
        }
        #expect(sessions.session(secret: first) == nil)
        let tokens = Sessions.countMax / Sessions.perTokenMax
        for number in 0..<tokens - 1 {
            authenticator.add(try token("many \(number)"))
            for _ in 0..<Sessions.perTokenMax { _ = try sessions.begin(token: "secret many \(number)") }
        }
        let error = #expect(throws: LarderError.self) { try sessions.begin(token: "secret 2") }
        #expect(error?.code == .conflict)
        authenticator.remove(id: "many 0")
        _ = try sessions.begin(token: "secret 2")
    }

    @Test("has a CSRF text of its own that doesn't tell the cookie")
    func csrf() {
        let a = Sessions.csrf(secret: "a")
        #expect(a == Sessions.csrf(secret: "a"))
        #expect(a != Sessions.csrf(secret: "b"))
        #expect(a != Authenticator.hash("a").hex)
        #expect(a.utf8.count == 64)
    }
}

@Suite("Mistakes of a client")
struct AttemptLimitTests {
    private let clock = ManualClock()

    @Test("are bounded a minute, each client by itself")
    func bounded() {
        let limit = AttemptLimit(clock: clock.clock)
        for _ in 0..<AttemptLimit.mistakesMax {
            #expect(limit.wait("a") == nil)
            limit.countMistake("a")
        }
        clock.advance(by: .seconds(20))
        #expect(limit.wait("a") == .seconds(40))
        #expect(limit.wait("b") == nil)
        clock.advance(by: .seconds(40))
        #expect(limit.wait("a") == nil)
        limit.countMistake("a")
        #expect(limit.wait("a") == nil)
    }

    @Test("of more clients than are remembered count together")
    func many() {
        let limit = AttemptLimit(clock: clock.clock)
        for client in 0..<AttemptLimit.clientsMax { limit.countMistake("\(client)") }
        for client in 0..<AttemptLimit.mistakesMax { limit.countMistake("new \(client)") }
        #expect(limit.wait("yet another") != nil)
        #expect(limit.wait("1") == nil)
        clock.advance(by: .seconds(60))
        limit.countMistake("yet another")
        #expect(limit.wait("yet another") == nil)
    }
}
