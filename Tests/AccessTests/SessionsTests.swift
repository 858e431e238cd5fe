import BlobStore
import BlobStoreTestSupport
import Index
import LarderModel
import LarderTestSupport
import StorePolicies
import Testing

@testable import Access
@testable import Disk

/// Sessions of a store of their own, and the tokens they are begun with.
private struct Bench {
    let clock: ManualClock
    let blobs: BlobStore
    let authenticator: Authenticator
    let sessions: Sessions

    /// Runs `body` with the tokens `1` and `2`.
    static func with(_ body: (Bench) async throws -> Void) async throws {
        try await Home.with { home in
            try await home.open(policies: try StorePolicies.load(directory: nil)) { blobs in
                let authenticator = Authenticator(adminToken: "s3cret", clock: home.clock.clock)
                let bench = Bench(
                    clock: home.clock, blobs: blobs, authenticator: authenticator,
                    sessions: Sessions(blobs, authenticator))
                for id in ["1", "2"] { authenticator.add(try bench.token(id)) }
                try await body(bench)
            }
        }
    }

    func token(_ id: String, expiresAt: Timestamp? = nil) throws -> Token {
        Token(
            id: id, scopes: [.read], site: nil, stores: nil, note: "", createdAt: clock.now, expiresAt: expiresAt,
            hash: Authenticator.hash("secret \(id)"))
    }

    /// What a process that starts now finds.
    func restarted() async throws -> Sessions {
        let sessions = Sessions(blobs, authenticator)
        sessions.replace(try await blobs.look { try $0.sessions() })
        return sessions
    }
}

@Suite("A console session")
struct SessionsTests {
    @Test("stands for its token, and says that it is a session")
    func begun() async throws {
        try await Bench.with { bench in
            let sessions = bench.sessions
            let (session, secret) = try await sessions.begin(token: "secret 1")
            #expect(session.principal.credential == .token(id: "1"))
            #expect(session.principal.name == "token 1 (console)")
            #expect(session.expiresAt == bench.clock.now + Sessions.lifetime)
            #expect(secret.utf8.count == 64)
            #expect(try sessions.session(secret: secret)?.principal == session.principal)
            #expect(try await sessions.begin(token: "s3cret").session.principal.scopes == [.admin])
            #expect(try sessions.session(secret: secret.uppercased() + "A") == nil)
            #expect(try sessions.session(secret: "") == nil)
        }
    }

    @Test("is not begun with a wrong token", arguments: ["", "secret 3", "secret 1 "])
    func refused(token: String) async throws {
        try await Bench.with { bench in
            let error = await #expect(throws: LarderError.self) { try await bench.sessions.begin(token: token) }
            #expect(error?.code == .unauthorized && error?.unknown == nil)
        }
    }

    @Test("goes on in a process that is started anew, unless its token is gone meanwhile")
    func restarted() async throws {
        try await Bench.with { bench in
            let one = try await bench.sessions.begin(token: "secret 1")
            let two = try await bench.sessions.begin(token: "secret 2").secret
            let admin = try await bench.sessions.begin(token: "s3cret").secret
            let over = try await bench.sessions.begin(token: "secret 1")
            try await bench.sessions.end(try #require(over.session.principal.session))
            bench.authenticator.remove(id: "2")
            let sessions = try await bench.restarted()
            #expect(try sessions.session(secret: one.secret)?.principal == one.session.principal)
            #expect(try sessions.session(secret: one.secret)?.expiresAt == one.session.expiresAt)
            #expect(try sessions.session(secret: admin)?.principal.scopes == [.admin])
            #expect(try sessions.session(secret: two) == nil)
            #expect(try sessions.session(secret: over.secret) == nil)
            bench.authenticator.replaceAdminToken("new")
            #expect(try await bench.restarted().session(secret: admin) == nil)
            bench.clock.advance(by: Sessions.lifetime)
            #expect(try await bench.restarted().session(secret: one.secret) == nil)
        }
    }

    @Test("ends with its token at once, and another token's goes on")
    func revoked() async throws {
        try await Bench.with { bench in
            let sessions = bench.sessions
            let one = try await sessions.begin(token: "secret 1").secret
            let two = try await sessions.begin(token: "secret 2").secret
            bench.authenticator.remove(id: "1")
            #expect(try sessions.session(secret: one) == nil)
            #expect(try sessions.session(secret: two) != nil)
            // A token that has the same ID again is another token; its session is gone for good.
            bench.authenticator.add(try bench.token("1"))
            #expect(try sessions.session(secret: one) == nil)
        }
    }

    @Test("ends when the admin token is rolled")
    func rolled() async throws {
        try await Bench.with { bench in
            let secret = try await bench.sessions.begin(token: "s3cret").secret
            #expect(try bench.sessions.session(secret: secret) != nil)
            bench.authenticator.replaceAdminToken("new")
            #expect(try bench.sessions.session(secret: secret) == nil)
        }
    }

    @Test("ends after twelve hours, to the millisecond, or with its token before that")
    func expiry() async throws {
        try await Bench.with { bench in
            let sessions = bench.sessions, clock = bench.clock
            bench.authenticator.add(try bench.token("short", expiresAt: clock.now + .seconds(60)))
            let short = try await sessions.begin(token: "secret short")
            let long = try await sessions.begin(token: "secret 1")
            #expect(short.session.expiresAt == clock.now + .seconds(60))
            clock.advance(by: .seconds(60))
            #expect(try sessions.session(secret: short.secret) == nil)
            clock.advance(by: Sessions.lifetime - .seconds(60) - .milliseconds(1))
            let id = try #require(long.session.principal.session)
            #expect(try sessions.session(secret: long.secret) != nil)
            #expect(sessions.isOpen(id))
            clock.advance(by: .milliseconds(1))
            #expect(!sessions.isOpen(id))
            #expect(try sessions.session(secret: long.secret) == nil)
        }
    }

    @Test("is ended by signing out")
    func signedOut() async throws {
        try await Bench.with { bench in
            let (session, secret) = try await bench.sessions.begin(token: "secret 1")
            let id = try #require(session.principal.session)
            try await bench.sessions.end(id)
            #expect(!bench.sessions.isOpen(id))
            #expect(try bench.sessions.session(secret: secret) == nil)
        }
    }

    @Test("of one token gives way to its newest; all together are bounded, and what ended makes room")
    func bounded() async throws {
        try await Bench.with { bench in
            let sessions = bench.sessions
            let first = try await sessions.begin(token: "secret 1").secret
            for _ in 0..<Sessions.perTokenMax {
                bench.clock.advance(by: .milliseconds(1))
                _ = try await sessions.begin(token: "secret 1")
            }
            #expect(try sessions.session(secret: first) == nil)
            let tokens = Sessions.countMax / Sessions.perTokenMax
            for number in 0..<tokens - 1 {
                bench.authenticator.add(try bench.token("many \(number)"))
                for _ in 0..<Sessions.perTokenMax { _ = try await sessions.begin(token: "secret many \(number)") }
            }
            let error = await #expect(throws: LarderError.self) { try await sessions.begin(token: "secret 2") }
            #expect(error?.code == .conflict)
            #expect(try await bench.blobs.look { try $0.sessions().count } == Sessions.countMax)
            bench.authenticator.remove(id: "many 0")
            _ = try await sessions.begin(token: "secret 2")
        }
    }

    @Test("is begun in memory alone where nothing can be written, and then ends with the process")
    func unwritten() async throws {
        try await Bench.with { bench in
            let failure = FileSystem.Failure(call: "fsync", path: "index", errno: 5)
            _ = bench.blobs.writeFailure(FileSystem.SyncFailure(failure: failure))
            let secret = try await bench.sessions.begin(token: "secret 1").secret
            #expect(try bench.sessions.session(secret: secret) != nil)
            #expect(try await bench.restarted().session(secret: secret) == nil)
        }
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
