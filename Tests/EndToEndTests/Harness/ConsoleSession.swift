import NIOHTTP1
import Testing

/// A signed-in console, as a browser would hold it.
struct ConsoleSession: Sendable {
    let server: LarderProcess
    /// `larder_session=…`
    let cookie: String
    let csrf: String
    let document: JSON

    static func begin(on server: LarderProcess) async throws -> ConsoleSession {
        try await begin(on: server, token: try server.token)
    }

    static func begin(on server: LarderProcess, token: String) async throws -> ConsoleSession {
        let reply = try await post(on: server, token: token)
        try requireStatus(reply, 200)
        let line = try #require(reply.header("set-cookie"))
        let document = try reply.json
        return ConsoleSession(
            server: server, cookie: String(line.prefix { $0 != ";" }), csrf: try #require(document["csrf"].string),
            document: document)
    }

    static func post(on server: LarderProcess, token: String, _ headers: KeyValuePairs<String, String> = [:])
        async throws -> Reply
    {
        try await server.send(.POST, "/console/session", headers, .text(#"{"token":"\#(token)"}"#), as: .nobody)
    }

    /// What a page of the console's own sends: the cookie, where it comes from, and for changes the CSRF field.
    func send(
        _ method: HTTPMethod, _ target: String, _ headers: KeyValuePairs<String, String> = [:],
        _ body: Request.Body = .none
    ) async throws
        -> Reply
    {
        var request = try server.request(method, target, headers, body, as: .nobody)
        request.headers.add(name: "cookie", value: cookie)
        request.headers.add(name: "sec-fetch-site", value: "same-origin")
        if method != .GET, method != .HEAD {
            request.headers.add(name: "origin", value: try server.url)
            request.headers.add(name: "larder-csrf", value: csrf)
        }
        return try await Wire.send(request, to: try server.port)
    }

    /// The cookie and exactly these fields.
    func bare(
        _ method: HTTPMethod, _ target: String, _ headers: KeyValuePairs<String, String> = [:],
        _ body: Request.Body = .none
    ) async throws
        -> Reply
    {
        var request = try server.request(method, target, headers, body, as: .nobody)
        request.headers.add(name: "cookie", value: cookie)
        return try await Wire.send(request, to: try server.port)
    }
}

extension LarderProcess {
    /// Makes a token by HTTP. - Returns: the answer's document.
    func makeToken(_ body: String) async throws -> JSON {
        let reply = try await send(.POST, "/v1/admin/tokens", [:], .text(body))
        try requireStatus(reply, 201)
        return try reply.json
    }
}
