import Access
import LarderModel
import LarderTestSupport
import Synchronization
import Testing

@Suite("A bearer token")
struct AuthenticatorTests {
    private let clock = ManualClock()

    private func token(
        _ secret: String, id: String = "t", scopes: Set<Principal.Scope> = [.read], expiresAt: Timestamp? = nil
    ) throws -> Token {
        Token(
            id: id, scopes: scopes, site: try SiteID("blue"), stores: [try Glob("*-runs")], note: "",
            createdAt: clock.now, expiresAt: expiresAt,
            hash: Authenticator.hash(secret))
    }

    private func code(_ authenticator: Authenticator, _ authorization: String?) -> LarderError.Code? {
        do throws(LarderError) {
            _ = try authenticator.principal(authorization: authorization)
            return nil
        } catch { return error.code }
    }

    @Test(
        "of the admin opens everything",
        arguments: ["Bearer s3cret", "bearer s3cret", "BEARER s3cret", "Bearer   s3cret"])
    func admin(authorization: String) throws {
        let principal = try Authenticator(adminToken: "s3cret").principal(authorization: authorization)
        #expect(principal == .admin(generation: 0))
        try principal.checkAdministration()
        for scope in Principal.Scope.allCases {
            try principal.check(scope, site: SiteID("any"), store: StoreName("any"))
        }
    }

    @Test(
        "that is missing, malformed or wrong opens nothing",
        arguments: [
            nil, "", "Bearer", "Bearer ", "Bearer  ", "s3cret", "Basic s3cret", "Bearers3cret", "Bearer s3cre",
            "Bearer s3cretx", "Bearer S3cret",
            "Bearer s3cret ", "Bearer s3cret, s3cret", "Token s3cret",
        ])
    func refused(authorization: String?) {
        #expect(code(Authenticator(adminToken: "s3cret"), authorization) == .unauthorized)
    }

    @Test("is not asked for when the server is open to all")
    func open() throws {
        let authenticator = Authenticator(adminToken: "s3cret", isOpen: true)
        for authorization in [nil, "Bearer wrong"] {
            #expect(try authenticator.principal(authorization: authorization) == .admin)
        }
    }

    @Test("stands for its scopes, site and stores, until it is revoked")
    func kept() throws {
        let authenticator = Authenticator(adminToken: "s3cret", tokens: [try token("one", id: "1")], clock: clock.clock)
        authenticator.add(try token("two", id: "2", scopes: [.write]))
        let one = try authenticator.principal(authorization: "Bearer one")
        #expect(
            one
                == Principal(
                    scopes: [.read], site: try SiteID("blue"), stores: [try Glob("*-runs")], credential: .token(id: "1")
                ))
        #expect(try authenticator.principal(authorization: "Bearer two").scopes == [.write])
        #expect(authenticator.isStillValid(one))
        authenticator.remove(id: "1")
        #expect(code(authenticator, "Bearer one") == .unauthorized)
        #expect(!authenticator.isStillValid(one))
        #expect(code(authenticator, "Bearer two") == nil)
        #expect(authenticator.isStillValid(.admin(generation: 0)))
        #expect(!authenticator.isStillValid(.admin))
        #expect(authenticator.tokens.map(\.id) == ["2"])
    }

    @Test("expires to the millisecond")
    func expiry() throws {
        let authenticator = Authenticator(
            adminToken: "s3cret", tokens: [try token("one", expiresAt: clock.now + .seconds(60))], clock: clock.clock)
        let principal = try authenticator.principal(authorization: "Bearer one")
        clock.advance(by: .milliseconds(59_999))
        #expect(code(authenticator, "Bearer one") == nil)
        #expect(authenticator.isStillValid(principal))
        clock.advance(by: .milliseconds(1))
        #expect(code(authenticator, "Bearer one") == .unauthorized)
        #expect(!authenticator.isStillValid(principal))
        #expect(authenticator.standing(principal) == .expired)
        authenticator.remove(id: "t")
        #expect(authenticator.standing(principal) == .revoked)
    }

    @Test("leaves word of its use, at most once a minute, and the admin's leaves none")
    func uses() throws {
        let authenticator = Authenticator(adminToken: "s3cret", tokens: [try token("one")], clock: clock.clock)
        let first = clock.now
        for _ in 0..<3 { _ = try authenticator.principal(authorization: "Bearer one") }
        _ = try authenticator.principal(authorization: "Bearer s3cret")
        #expect(authenticator.drainUses() == ["t": first])
        clock.advance(by: .milliseconds(59_999))
        _ = try authenticator.principal(authorization: "Bearer one")
        #expect(authenticator.drainUses() == [:])
        clock.advance(by: .milliseconds(1))
        _ = try authenticator.principal(authorization: "Bearer one")
        #expect(authenticator.drainUses() == ["t": clock.now])
        #expect(authenticator.tokens.first?.lastUsedAt == clock.now)
    }

    @Test("of the admin can be replaced, and the old one is out at once")
    func replaced() throws {
        let authenticator = Authenticator(adminToken: "old")
        let old = try authenticator.principal(authorization: "Bearer old")
        authenticator.replaceAdminToken("new")
        #expect(code(authenticator, "Bearer old") == .unauthorized)
        #expect(code(authenticator, "Bearer new") == nil)
        #expect(!authenticator.isStillValid(old))
        #expect(authenticator.isStillValid(try authenticator.principal(authorization: "Bearer new")))
    }

    @Test("is made of 256 random bits, and recognisable")
    func made() {
        let secrets = Set((0..<100).map { _ in Token.newSecret() })
        #expect(secrets.count == 100)
        #expect(secrets.allSatisfy { $0.hasPrefix("ldr_") && $0.utf8.count == 68 })
        #expect(Set((0..<100).map { _ in Token.newID() }).count == 100)
    }
}

@Suite("What a principal may do")
struct PrincipalTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var scopes: Set<Principal.Scope>
        var site: String?
        var stores: [String]?
        var asked: (scope: Principal.Scope, site: String, store: String?)
        var isAllowed: Bool
        var testDescription: String { "\(scopes.map(\.rawValue).sorted()) \(site ?? "*") \(stores ?? ["*"]): \(asked)" }
    }

    @Test(
        "is what scopes, site and stores say together",
        arguments: [
            Row(scopes: [.read], asked: (.read, "a", "s"), isAllowed: true),
            Row(scopes: [.read], asked: (.write, "a", "s"), isAllowed: false),
            Row(scopes: [.write], asked: (.read, "a", "s"), isAllowed: false),
            Row(scopes: [.read, .write], asked: (.write, "a", "s"), isAllowed: true),
            Row(scopes: [.admin], asked: (.write, "a", "s"), isAllowed: true),
            Row(scopes: [], asked: (.read, "a", nil), isAllowed: false),
            Row(scopes: [.read], site: "a", asked: (.read, "a", "s"), isAllowed: true),
            Row(scopes: [.read], site: "a", asked: (.read, "b", "s"), isAllowed: false),
            Row(scopes: [.admin], site: "a", asked: (.read, "b", nil), isAllowed: false),
            Row(scopes: [.read], site: "a", asked: (.read, "A", nil), isAllowed: false),
            Row(scopes: [.read], stores: ["runs", "*-runs"], asked: (.read, "a", "acme-runs"), isAllowed: true),
            Row(scopes: [.read], stores: ["runs", "*-runs"], asked: (.read, "a", "runs2"), isAllowed: false),
            Row(scopes: [.admin], stores: ["runs"], asked: (.write, "a", "evals"), isAllowed: false),
            Row(scopes: [.read], stores: [], asked: (.read, "a", "runs"), isAllowed: false),
            Row(scopes: [.read], stores: ["runs"], asked: (.read, "a", nil), isAllowed: true),
        ])
    func table(row: Row) throws {
        let principal = Principal(
            scopes: row.scopes, site: try row.site.map { try SiteID($0) }, stores: try row.stores?.map { try Glob($0) })
        let result = Result { () throws in
            try principal.check(
                row.asked.scope, site: SiteID(row.asked.site), store: row.asked.store.map { try StoreName($0) })
        }
        switch result {
        case .success: #expect(row.isAllowed)
        case .failure(let error):
            #expect(!row.isAllowed)
            #expect((error as? LarderError)?.code == .forbidden)
        }
    }

    @Test("includes administration only for an admin of all sites and stores")
    func administration() throws {
        try Principal.admin.checkAdministration()
        for bounded in [
            Principal(scopes: [.read, .write]), Principal(scopes: [.admin], site: .default),
            Principal(scopes: [.admin], stores: [try Glob("**")]),
        ] {
            let error = #expect(throws: LarderError.self) { try bounded.checkAdministration() }
            #expect(error?.code == .forbidden)
        }
    }

    @Test("shows in the stores that it sees")
    func sees() throws {
        let principal = Principal(scopes: [.read], stores: [try Glob("runs")])
        #expect(principal.sees(try StoreName("runs")))
        #expect(!principal.sees(try StoreName("evals")))
        #expect(Principal.admin.sees(try StoreName("evals")))
    }
}
