import Access
import LarderHTTP
import LarderModel
import NIOCore
import NIOHTTP1

/// `POST|GET|DELETE /v1/admin/tokens[/{id}]` (contract §4.6).
struct TokenFace {
    let context: ServerContext

    private static let bodyMax = 16 << 10
    private static let storesMax = 100
    private static let fields: Set<String> = [
        "scopes", "site", "stores", "expiresIn", "note", "requestsPerSecond", "bytesPerSecond",
    ]

    func tokens(_ id: String?, _ request: RequestHead, _ body: IncomingBody) async throws -> Answer {
        let admin = try context.authorizeAdministration(request)
        switch (request.method, id) {
        case (.GET, nil): return list()
        case (.POST, nil): return try await create(body, by: admin)
        case (.DELETE, let id?):
            guard try await context.tokens.revoke(id, by: admin.name) else {
                throw LarderError(.notFound, "There is no token with the ID '\(id.prefix(40))'.")
            }
            return Answer(.noContent)
        default: throw EntryService.wrongMethod(request, allowed: id == nil ? "GET, POST" : "DELETE")
        }
    }

    private func list() -> Answer {
        var out = Array(#"{"tokens":["#.utf8)
        for (i, token) in context.authenticator.tokens.sorted(by: { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) })
            .enumerated()
        {
            if i > 0 { out.append(UInt8(ascii: ",")) }
            TokenJSON.append(token, secret: nil, to: &out)
        }
        out.append(contentsOf: "]}".utf8)
        return .json(.ok, out)
    }

    private func create(_ body: IncomingBody, by admin: Principal) async throws -> Answer {
        let fields = try JSONFields(await body.collect(limit: Self.bodyMax), known: Self.fields)
        let scopes = try fields.strings("scopes") ?? []
        var wanted: Set<Principal.Scope> = []
        for text in scopes {
            guard let scope = Principal.Scope(rawValue: text) else {
                throw LarderError(.malformedRequest, "A scope is read, write or admin; '\(text.prefix(40))' is none.")
            }
            wanted.insert(scope)
        }
        guard !wanted.isEmpty else {
            throw LarderError(.malformedRequest, "scopes is needed: a list of read, write, admin.")
        }
        var stores: [Glob]?
        if let patterns = try fields.strings("stores") {
            guard (1...Self.storesMax).contains(patterns.count) else {
                throw LarderError(
                    .malformedRequest, "stores holds 1 to \(Self.storesMax) patterns; leave it out for all stores.")
            }
            stores = []
            for pattern in patterns {
                guard !pattern.contains(where: \.isNewline), let glob = try? Glob(pattern) else {
                    throw LarderError(.malformedRequest, "'\(pattern.prefix(40))' is not a store pattern.")
                }
                stores?.append(glob)
            }
        }
        var lifetime: Duration?
        if let text = try fields.string("expiresIn") {
            guard let parsed = Duration(parsing: text) else {
                throw LarderError(.malformedRequest, "expiresIn is a duration such as 90d (s, m, h, d).")
            }
            lifetime = parsed
        }
        let note = try fields.string("note") ?? ""
        guard note.utf8.count <= 200 else { throw LarderError(.malformedRequest, "note has at most 200 bytes.") }
        let made = try await context.tokens.create(
            scopes: wanted, site: try fields.string("site").map { text throws(LarderError) in try SiteID(text) },
            stores: stores, note: note,
            lifetime: lifetime, limit: try limit(fields), by: admin.name)
        var out: [UInt8] = []
        TokenJSON.append(made.token, secret: made.secret, to: &out)
        return .json(.created, out)
    }

    private func limit(_ fields: JSONFields) throws(LarderError) -> RateLimit {
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
                    "bytesPerSecond is a whole number from \(RateLimit.bytesRange.lowerBound) to \(RateLimit.bytesRange.upperBound)."
                )
            }
            limit.bytesPerSecond = bytes
        }
        return limit
    }
}

private func < (a: (Timestamp, String), b: (Timestamp, String)) -> Bool { a.0 != b.0 ? a.0 < b.0 : a.1 < b.1 }
