import Access
import LarderHTTP
import LarderModel
import NIOHTTP1

/// `/console/session`: signs the console in and out.
///
///     POST {"token":"…"} → 200 + Set-Cookie    GET → 200    DELETE + Larder-CSRF → 204
///     {"scopes":["read",…],"site":null|"x","stores":null|["pattern",…],"isOpen":false,"csrf":"…","expiresAt":"…"|null}
///
/// Where the server is open to all, so is the console: `isOpen` is true and there is no session to end.
enum ConsoleSession {
    /// Who asks is found out by the session, where it is about one.
    static let kind = ResourceKind<Void>(
        "session",
        [
            .task(.GET, .HEAD, by: .anybody) { _, call, _ in try await current(call) },
            .any(.POST, by: .anybody) { _, call in
                try checkLength(call.request)
                return .task { body in try await begin(call, try await body.collect(limit: bodyMax)) }
            },
            .task(.DELETE, by: .anybody) { _, call, _ in try await end(call) },
        ])

    private static let bodyMax = 4 << 10

    /// Whoever posts here has shown nothing yet, so nothing is begun for a body that can't be one of these.
    private static func checkLength(_ request: RequestHead) throws(LarderError) {
        guard let length = request.contentLength else {
            throw LarderError(.lengthRequired, "A session is begun with a body whose Content-Length is announced.")
        }
        guard length <= bodyMax else {
            throw LarderError(
                .entryTooLarge, "The body is larger than \(ByteCount(Int64(bodyMax)).messageText), the limit here.")
        }
    }

    /// The session of a request; nil: none that counts here, or on any node.
    private static func session(_ call: Call) async throws -> (Sessions.Session, csrf: String)? {
        do {
            return try await call.server.access.informed { try SessionCookie.session(call.request, call.server) }
        } catch let error as LarderError where error.unknown == .session { return nil }
    }

    private static func current(_ call: Call) async throws -> Answer {
        if call.server.authenticator.isOpen {
            return .json(.ok, json(.admin, csrf: "", expiresAt: nil, isOpen: true))
        }
        guard let (session, csrf) = try await session(call) else {
            throw LarderError(.unauthorized, "There is no session; POST a token here to begin one.")
        }
        return .json(.ok, json(session.principal, csrf: csrf, expiresAt: session.expiresAt, isOpen: false))
    }

    private static func begin(_ call: Call, _ body: [UInt8]) async throws -> Answer {
        let request = call.request, server = call.server
        guard SessionCookie.isOwnOrigin(request) else {
            throw LarderError(.crossOrigin, "A session is begun from the console's own origin only.")
        }
        let fields = try JSONFields(body, known: ["token"], maxDepth: server.gate.limits.jsonDepth)
        guard let token = try fields.string("token") else {
            throw LarderError(.malformedRequest, "token is needed.")
        }
        if server.authenticator.isOpen { return try await current(call) }
        let client = request.client?.client.description ?? ""
        if let wait = server.attempts.wait(client) { return tooManyTries(wait) }
        do {
            let (session, secret) = try await server.access.beginSession(token: token)
            await server.audit.recordSignIn(session.principal)
            let body = json(
                session.principal, csrf: Sessions.csrf(secret: secret), expiresAt: session.expiresAt, isOpen: false)
            return .json(.ok, body, headers: ["set-cookie": SessionCookie.setting(secret, request)])
        } catch let error as LarderError where error.code == .unauthorized {
            server.attempts.countMistake(client)
            throw error
        }
    }

    private static func end(_ call: Call) async throws -> Answer {
        if let (session, _) = try await session(call), let id = session.principal.session {
            try await call.server.access.endSession(id)
        }
        return Answer(
            .noContent, headers: ["set-cookie": SessionCookie.clearing(call.request), "cache-control": "no-store"])
    }

    private static func tooManyTries(_ wait: Duration) -> Answer {
        var answer = Answer.error(
            LarderError(
                .tooManyRequests,
                "Too many wrong tokens came from this address; wait a minute. (\(AttemptLimit.mistakesMax) a minute)"))
        answer.headers.replaceOrAdd(name: "retry-after", value: "\(wait.components.seconds + 1)")
        return answer
    }

    private static func json(_ principal: Principal, csrf: String, expiresAt: Timestamp?, isOpen: Bool) -> [UInt8] {
        // What admin includes is spelled out, so that the page need not know.
        let scopes = Principal.Scope.allCases.filter {
            principal.scopes.contains($0) || principal.scopes.contains(.admin)
        }
        var json = JSONWriter()
        json.object { json in
            json.field("scopes", texts: scopes.map(\.rawValue))
            json.field("site", principal.site?.text)
            json.name("stores")
            if let stores = principal.stores { json.array(stores) { $0.value($1.text) } } else { json.null() }
            json.field("isOpen", isOpen)
            json.field("csrf", csrf)
            json.field("expiresAt", expiresAt?.iso8601)
        }
        return json.bytes
    }
}
