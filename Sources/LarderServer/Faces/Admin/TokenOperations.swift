import Access
import LarderHTTP
import LarderModel
import NIOHTTP1

/// Tokens, made, listed and revoked by admins (contract §4.6).
enum TokenOperations {
    /// `/v1/admin/tokens`
    static let tokens = ResourceKind<Void>(
        "tokens",
        [
            .task(.GET, by: .administration) { _, call, _ in try await list(call) },
            .task(.POST, by: .administration) { _, call, body in try await create(call, body) },
        ])

    /// `/v1/admin/tokens/{id}`
    static let token = ResourceKind<String>(
        "token",
        [
            .task(.DELETE, by: .administration) { id, call, _ in
                guard try await call.server.tokens.revoke(id, by: call.permit.requester) else {
                    throw LarderError(.notFound, "There is no token with the ID '\(id.prefix(40))'.")
                }
                return Answer(.noContent)
            }
        ])

    private static let bodyMax = 16 << 10
    private static let storesMax = 100
    private static let fields: Set<String> = [
        "scopes", "site", "stores", "expiresIn", "note", "requestsPerSecond", "bytesPerSecond",
    ]

    /// Tokens of a list that are in memory as JSON at a time: each may have 16 KB of patterns.
    private static let pieceCount = 100

    private static func list(_ call: Call) async throws -> Answer {
        let tokens = try await call.server.tokens.all()
        return try await .json(to: call.request.method, pagesFrom: 0) { place, json in
            if place == 0 {
                json.openObject()
                json.name("tokens")
                json.openArray()
            }
            let end = min(place + pieceCount, tokens.count)
            for token in tokens[place..<end] { token.write(secret: nil, to: &json) }
            if end < tokens.count { return end }
            json.closeArray()
            json.closeObject()
            return nil
        }
    }

    private static func create(_ call: Call, _ body: IncomingBody) async throws -> Answer {
        let fields = try JSONFields(
            await body.collect(limit: bodyMax), known: fields, maxDepth: call.server.gate.limits.jsonDepth)
        let scopes = try scopes(fields), stores = try stores(fields), lifetime = try lifetime(fields)
        let note = try fields.string("note") ?? ""
        guard note.utf8.count <= 200 else { throw LarderError(.malformedRequest, "note has at most 200 bytes.") }
        let made = try await call.server.tokens.create(
            scopes: scopes, site: try fields.string("site").map { text throws(LarderError) in try SiteID(text) },
            stores: stores, note: note, lifetime: lifetime, limit: try limit(fields), by: call.permit.requester)
        var json = JSONWriter()
        made.token.write(secret: made.secret, to: &json)
        return .json(.created, json.bytes)
    }

    private static func scopes(_ fields: JSONFields) throws(LarderError) -> Set<Principal.Scope> {
        var wanted: Set<Principal.Scope> = []
        for text in try fields.strings("scopes") ?? [] {
            guard let scope = Principal.Scope(rawValue: text) else {
                throw LarderError(.malformedRequest, "A scope is read, write or admin; '\(text.prefix(40))' is none.")
            }
            wanted.insert(scope)
        }
        guard !wanted.isEmpty else {
            throw LarderError(.malformedRequest, "scopes is needed: a list of read, write, admin.")
        }
        return wanted
    }

    /// nil: all stores.
    private static func stores(_ fields: JSONFields) throws(LarderError) -> [Glob]? {
        guard let patterns = try fields.strings("stores") else { return nil }
        guard (1...storesMax).contains(patterns.count) else {
            throw LarderError(
                .malformedRequest, "stores holds 1 to \(storesMax) patterns; leave it out for all stores.")
        }
        var stores: [Glob] = []
        for pattern in patterns {
            guard !pattern.contains(where: \.isNewline), let glob = try? Glob(pattern).forStores() else {
                throw LarderError(
                    .malformedRequest,
                    "'\(pattern.prefix(40))' is not a store pattern: * is any run of characters, and the only wildcard."
                )
            }
            stores.append(glob)
        }
        return stores
    }

    /// nil: for ever.
    private static func lifetime(_ fields: JSONFields) throws(LarderError) -> Duration? {
        guard let text = try fields.string("expiresIn") else { return nil }
        guard let lifetime = Duration(parsing: text) else {
            throw LarderError(.malformedRequest, "expiresIn is a duration such as 90d (s, m, h, d).")
        }
        return lifetime
    }

    private static func limit(_ fields: JSONFields) throws(LarderError) -> RateLimit {
        var limit = RateLimit()
        if let number = try fields.integer("requestsPerSecond") {
            guard let requests = Int(exactly: number), RateLimit.requestsRange.contains(requests) else {
                throw LarderError(
                    .malformedRequest,
                    "requestsPerSecond is a whole number from 1 to \(RateLimit.requestsRange.upperBound).")
            }
            limit.requestsPerSecond = requests
        }
        if let bytes = try fields.integer("bytesPerSecond") {
            guard RateLimit.bytesRange.contains(bytes) else {
                throw LarderError(
                    .malformedRequest,
                    "bytesPerSecond is a whole number from \(RateLimit.bytesRange.lowerBound) "
                        + "to \(RateLimit.bytesRange.upperBound)."
                )
            }
            limit.bytesPerSecond = bytes
        }
        return limit
    }
}
