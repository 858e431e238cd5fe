import BlobStore
import BlobStoreTestSupport
import Foundation
import Index
import IndexOnPostgres
import LarderModel
import LarderTestSupport
import Logging
import PostgresTestSupport
import StorePolicies
import Testing

@testable import Access

/// One of the nodes that serve an index together.
private struct Node {
    let blobs: BlobStore
    let access: AccessControl
    let adminToken: String

    /// Runs `body` with two nodes of one index.
    static func withTwo(_ body: (Node, Node) async throws -> Void) async throws {
        try await withSchema { server, schema in
            let url = server.url(schema: schema)
            try await with("a", url) { a in try await with("b", url) { b in try await body(a, b) } }
        }
    }

    private static func with(_ name: String, _ url: String, _ body: (Node) async throws -> Void) async throws {
        try await Home.with { home in
            let engine = try PostgresEngine(url: url, acceptsUnsafe: true)
            let identity = NodeIdentity(name: name, version: "test")
            try await home.open(
                policies: try StorePolicies.load(directory: nil), engine: engine, node: identity
            ) { blobs in
                let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                let keeper = SecretKeeper(blobs)
                let token = try await AdminToken(keeper, logger: logger)
                let access = try await AccessControl(
                    blobs: blobs, adminToken: token,
                    signingKeys: try await SigningKeys(keeper, environment: nil, clock: blobs.clock), logger: logger)
                try await body(Node(blobs: blobs, access: access, adminToken: token.initial))
            }
        }
    }

    func token(_ limit: RateLimit = .none) async throws -> (token: Token, secret: String) {
        try await access.tokens.create(
            scopes: [.read], site: nil, stores: nil, note: "", lifetime: nil, limit: limit, by: "test")
    }

    func principal(_ secret: String) throws -> Principal { try access.authenticator.principal(secret: secret) }

    func isOpen(_ path: String, _ query: String) -> Bool {
        (try? access.signer.check(method: "GET", path: path[...], query: query[...])) != nil
    }
}

@Suite("Access on two nodes")
struct NodesAccessTests {
    @Test("A token made on one is asked for in the index by the other, and a wrong one is refused after that")
    func made() async throws {
        try await Node.withTwo { a, b in
            let (token, secret) = try await a.token()
            #expect(try a.principal(secret).credential == .token(id: token.id))
            let unknown = #expect(throws: LarderError.self) { try b.principal(secret) }
            #expect(unknown?.code == .unauthorized && unknown?.unknown == .token)
            #expect(try await b.access.informed { try b.principal(secret) }.credential == .token(id: token.id))
            let wrong = await #expect(throws: LarderError.self) {
                try await b.access.informed { try b.principal("ldr_wrong") }
            }
            #expect(wrong?.code == .unauthorized)
            #expect(a.adminToken == b.adminToken)
            #expect(try await b.access.tokens.all().map(\.id) == [token.id])
        }
    }

    @Test("A token revoked on one is out on the other once that looks; one that is not keeps its use and its rate")
    func revoked() async throws {
        try await Node.withTwo { a, b in
            let limited = RateLimit(requestsPerSecond: 1)
            let (gone, goneSecret) = try await a.token(), (kept, keptSecret) = try await a.token(limited)
            try await b.access.keepUp()
            let principal = try b.principal(goneSecret)
            let limiter = try #require(try b.principal(keptSecret).limiter)
            limiter.spendRequest()
            let used = try #require(b.access.authenticator.tokens.first { $0.id == kept.id }?.lastUsedAt)
            #expect(try await a.access.tokens.revoke(gone.id, by: "test"))
            #expect(throws: LarderError.self) { try a.principal(goneSecret) }
            try await b.access.keepUp()
            #expect(b.access.standing(of: .token(principal)) == .revoked)
            #expect(throws: LarderError.self) { try b.principal(goneSecret) }
            #expect(try b.principal(keptSecret).limiter == limiter)
            #expect(b.access.authenticator.tokens.first?.lastUsedAt == used)
            try await b.access.tokens.saveUses()
            #expect(try await a.access.tokens.all().first?.lastUsedAt == used)
            #expect(try await !b.access.tokens.revoke(gone.id, by: "test"))
        }
    }

    @Test("Rolls on both at once end with one admin token")
    func rolled() async throws {
        try await Node.withTwo { a, b in
            async let first = a.access.rollAdminToken(by: "test")
            async let second = b.access.rollAdminToken(by: "test")
            let rolled = try await [first, second]
            for node in [a, b] { try await node.access.refresh() }
            let counting = rolled.filter { (try? a.principal($0)) != nil }
            #expect(counting.count == 1)
            #expect(try counting.map { try b.principal($0).scopes } == [[.admin]])
            #expect(throws: LarderError.self) { try b.principal(a.adminToken) }
        }
    }

    @Test("A rotation keeps the key that another node has made meanwhile; one that keeps none ends all links")
    func rotated() async throws {
        try await Node.withTwo { a, b in
            let path = "/.netlify/blobs/media/x.jpg"
            let first = a.access.signer.query(path: path)
            _ = try await a.access.rotateSigningKey(keepOld: .seconds(60), by: "test")
            let second = a.access.signer.query(path: path)
            let unknown = #expect(throws: LarderError.self) {
                try b.access.signer.check(method: "GET", path: path[...], query: second[...])
            }
            #expect(unknown?.unknown == .signature)
            _ = try await b.access.rotateSigningKey(keepOld: .seconds(60), by: "test")
            try await a.access.refresh()
            let third = b.access.signer.query(path: path)
            for node in [a, b] { #expect([first, second, third].allSatisfy { node.isOpen(path, $0) }) }
            _ = try await a.access.rotateSigningKey(keepOld: .zero, by: "test")
            try await b.access.refresh()
            for node in [a, b] { #expect(![first, second, third].contains { node.isOpen(path, $0) }) }
        }
    }

    @Test("A session begun on one goes on at the other, and ends on both")
    func session() async throws {
        try await Node.withTwo { a, b in
            let (token, tokenSecret) = try await a.token()
            let (begun, secret) = try await a.access.beginSession(token: tokenSecret)
            let unknown = #expect(throws: LarderError.self) { try b.access.sessions.session(secret: secret) }
            #expect(unknown?.unknown == .session)
            let there = try #require(try await b.access.informed { try b.access.sessions.session(secret: secret) })
            #expect(there.principal.credential == begun.principal.credential)
            #expect(there.expiresAt == begun.expiresAt)
            try await b.access.endSession(try #require(there.principal.session))
            try await a.access.keepUp()
            #expect(a.access.standing(of: .token(begun.principal)) == .expired)

            // A token that the other node has made is known at its door.
            let other = try await b.access.beginSession(token: try await a.token().secret)
            #expect(try await a.access.informed { try a.access.sessions.session(secret: other.secret) } != nil)
            let last = try await b.access.beginSession(token: tokenSecret)
            _ = try await a.access.tokens.revoke(token.id, by: "test")
            try await b.access.keepUp()
            #expect(b.access.standing(of: .token(last.session.principal)) == .revoked)
            await #expect(throws: LarderError.self) { try await b.access.beginSession(token: tokenSecret) }
        }
    }

    @Test("Sessions of one token are bounded over all nodes, however many begin at once")
    func boundedSessions() async throws {
        try await Node.withTwo { a, b in
            let secret = try await a.token().secret
            try await b.access.refresh()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for node in [a.access, b.access] {
                    for _ in 0..<40 { group.addTask { _ = try await node.beginSession(token: secret) } }
                }
                try await group.waitForAll()
            }
            #expect(try await a.blobs.look { try $0.sessions().count } == Sessions.perTokenMax)
        }
    }
}
