import Access
import LarderHTTP
import LarderModel
import NIOCore
import NIOHTTP1

/// `/console/session`: signs the console in and out.
///
///     POST {"token":"…"} → 200 + Set-Cookie    GET → 200    DELETE + Larder-CSRF → 204
///     {"scopes":["read",…],"site":null|"x","stores":null|["pattern",…],"isOpen":false,"csrf":"…","expiresAt":"…"|null}
///
/// Where the server is open to all, so is the console: `isOpen` is true and there is no session to end.
struct SessionFace {
    let context: ServerContext

    private static let bodyMax = 4 << 10

    func answer(_ request: RequestHead, _ body: IncomingBody) async throws -> Answer {
        switch request.method {
        case .GET, .HEAD:
            let answer = try current(request)
            return request.method == .HEAD ? answer.withoutBody : answer
        case .POST: return try await begin(request, try await body.collect(limit: Self.bodyMax))
        case .DELETE: return try end(request)
        default: throw EntryService.wrongMethod(request, allowed: "GET, HEAD, POST, DELETE")
        }
    }

    private func current(_ request: RequestHead) throws(LarderError) -> Answer {
        if context.authenticator.isOpen { return .json(.ok, Self.json(.admin, csrf: "", expiresAt: nil, isOpen: true)) }
        guard let (session, csrf) = try SessionCookie.session(request, context) else {
            throw LarderError(.unauthorized, "There is no session; POST a token here to begin one.")
        }
        return .json(.ok, Self.json(session.principal, csrf: csrf, expiresAt: session.expiresAt, isOpen: false))
    }

    private func begin(_ request: RequestHead, _ body: [UInt8]) async throws -> Answer {
        guard SessionCookie.isOwnOrigin(request) else {
            throw LarderError(.crossOrigin, "A session is begun from the console's own origin only.")
        }
        guard let token = try JSONFields(body, known: ["token"]).string("token") else {
            throw LarderError(.malformedRequest, "token is needed.")
        }
        if context.authenticator.isOpen { return try current(request) }
        if let wait = context.attempts.wait(request.client?.client.description ?? "") { return Self.tooManyTries(wait) }
        do throws(LarderError) {
            let (session, secret) = try context.sessions.begin(token: token)
            await note(session.principal)
            let body = Self.json(
                session.principal, csrf: Sessions.csrf(secret: secret), expiresAt: session.expiresAt, isOpen: false)
            return .json(.ok, body, headers: ["set-cookie": SessionCookie.setting(secret, request)])
        } catch {
            if error.code == .unauthorized { context.attempts.noteMistake(request.client?.client.description ?? "") }
            throw error
        }
    }

    /// Sign-ins of admins are acts. Those of others are a line of the log only: they must not push the acts out.
    private func note(_ principal: Principal) async {
        let draft = AuditDraft(who: principal.name, act: .beginSession, subject: "console")
        if (try? principal.checkAdministration()) == nil {
            context.audit.log(draft)
        } else {
            await context.audit.note(draft)
        }
    }

    private func end(_ request: RequestHead) throws(LarderError) -> Answer {
        if let (session, _) = try SessionCookie.session(request, context), let id = session.principal.session {
            context.sessions.end(id)
        }
        return Answer(
            .noContent, headers: ["set-cookie": SessionCookie.clearing(request), "cache-control": "no-store"])
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
        func quoted(_ text: String) -> String { String(decoding: JSONText.quote(text.utf8), as: UTF8.self) }
        // What admin includes is spelled out, so that the page need not know.
        let scopes = Principal.Scope.allCases.filter {
            principal.scopes.contains($0) || principal.scopes.contains(.admin)
        }
        let site = principal.site.map { quoted($0.text) } ?? "null"
        let stores = principal.stores.map { "[\($0.map { quoted($0.text) }.joined(separator: ","))]" } ?? "null"
        return Array(
            (#"{"scopes":[\#(scopes.map { quoted($0.rawValue) }.joined(separator: ","))],"site":\#(site),"stores":\#(stores)"#
                + #","isOpen":\#(isOpen),"csrf":\#(quoted(csrf)),"expiresAt":\#(expiresAt.map { "\"\($0)\"" } ?? "null")}"#)
                .utf8)
    }
}
