import Access
import LarderModel
import NIOCore
import NIOHTTP1

/// `POST|GET|DELETE /v1/admin/tokens[/{id}]` and `POST /v1/sign` (contract §4.5, §4.6).
struct TokenFace {
    let context: ServerContext

    private static let bodyMax = 16 << 10
    private static let storesMax = 100

    func tokens(_ id: String?, _ request: RequestHead, _ body: IncomingBody) async throws -> Answer {
        try context.authorizeAdministration(request)
        switch (request.method, id) {
        case (.GET, nil): return list()
        case (.POST, nil): return try await create(body)
        case (.DELETE, let id?):
            guard try await context.tokens.revoke(id) else { throw LarderError(.notFound, "There is no token with the ID '\(id.prefix(40))'.") }
            context.logger.notice("token revoked", metadata: ["audit": "token", "token": "\(id)", "request": "\(request.id)"])
            return Answer(.noContent)
        default: throw EntryService.wrongMethod(request, allowed: id == nil ? "GET, POST" : "DELETE")
        }
    }

    private func list() -> Answer {
        var out = Array(#"{"tokens":["#.utf8)
        for (i, token) in context.authenticator.tokens.sorted(by: { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }).enumerated() {
            if i > 0 { out.append(UInt8(ascii: ",")) }
            append(token, secret: nil, to: &out)
        }
        out.append(contentsOf: "]}".utf8)
        return .json(.ok, out)
    }

    private func create(_ body: IncomingBody) async throws -> Answer {
        let fields = try JSONFields(await body.collect(limit: Self.bodyMax), known: ["scopes", "site", "stores", "expiresIn", "note"])
        let scopes = try fields.strings("scopes") ?? []
        var wanted: Set<Principal.Scope> = []
        for text in scopes {
            guard let scope = Principal.Scope(rawValue: text) else {
                throw LarderError(.malformedRequest, "A scope is read, write or admin; '\(text.prefix(40))' is none.")
            }
            wanted.insert(scope)
        }
        guard !wanted.isEmpty else { throw LarderError(.malformedRequest, "scopes is needed: a list of read, write, admin.") }
        var stores: [Glob]?
        if let patterns = try fields.strings("stores") {
            guard (1...Self.storesMax).contains(patterns.count) else {
                throw LarderError(.malformedRequest, "stores holds 1 to \(Self.storesMax) patterns; leave it out for all stores.")
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
            scopes: wanted, site: try fields.string("site").map { text throws(LarderError) in try SiteID(text) }, stores: stores, note: note,
            lifetime: lifetime)
        context.logger.notice("token created", metadata: ["audit": "token", "token": "\(made.token.id)"])
        var out: [UInt8] = []
        append(made.token, secret: made.secret, to: &out)
        return .json(.created, out)
    }

    private func append(_ token: Token, secret: String?, to out: inout [UInt8]) {
        func quoted(_ text: String) -> String { String(decoding: JSONText.quote(text.utf8), as: UTF8.self) }
        out.append(contentsOf: #"{"id":\#(quoted(token.id))"#.utf8)
        if let secret { out.append(contentsOf: #","token":\#(quoted(secret))"#.utf8) }
        let scopes = token.scopes.map { quoted($0.rawValue) }.sorted().joined(separator: ",")
        let stores = token.stores.map { "[\($0.map { quoted($0.text) }.joined(separator: ","))]" } ?? "null"
        out.append(
            contentsOf: (#","scopes":[\#(scopes)],"site":\#(token.site.map { quoted($0.text) } ?? "null"),"stores":\#(stores)"#
                + #","note":\#(quoted(token.note)),"createdAt":"\#(token.createdAt)""#).utf8)
        if let expiresAt = token.expiresAt { out.append(contentsOf: #","expiresAt":"\#(expiresAt)""#.utf8) }
        if let lastUsedAt = token.lastUsedAt { out.append(contentsOf: #","lastUsedAt":"\#(lastUsedAt)""#.utf8) }
        out.append(UInt8(ascii: "}"))
    }

    // MARK: Signing

    private static let signLifetimeDefault = Duration.seconds(24 * 3_600)
    private static let signLifetimeMax = Duration.seconds(30 * 86_400)

    /// `POST /v1/sign {store,key,expiresIn?}` → `{"url","expiresAt"}`: a link to one entry on the public path, for whoever has it.
    func sign(_ request: RequestHead, _ body: IncomingBody) async throws -> Answer {
        guard request.method == .POST else { throw EntryService.wrongMethod(request, allowed: "POST") }
        let fields = try JSONFields(await body.collect(limit: Self.bodyMax), known: ["store", "key", "expiresIn"])
        guard let storeText = try fields.string("store"), let keyText = try fields.string("key") else {
            throw LarderError(.malformedRequest, "store and key are needed.")
        }
        let store = try StoreName(storeText), key = try EntryKey(keyText)
        let site = try context.authorizeStore(request, .read, store, allowsSignature: false)
        var lifetime = Self.signLifetimeDefault
        if let text = try fields.string("expiresIn") {
            guard let parsed = Duration(parsing: text), parsed <= Self.signLifetimeMax else {
                throw LarderError(.malformedRequest, "expiresIn is a duration such as 24h, at most \(Self.signLifetimeMax.policyText).")
            }
            lifetime = parsed
        }
        let path = "/.netlify/blobs/\(PercentCoding.encode(store.bytes, keeping: ""))/\(NetlifyPath.encoded(key))"
        let query = context.signer.query(path: path, fields: site == .default ? "" : "site=\(site)", lifetime: lifetime)
        var out = Array(#"{"url":"#.utf8)
        JSONText.appendQuoted("\(request.origin)\(path)?\(query)".utf8, to: &out)
        out.append(contentsOf: #","expiresAt":"\#(context.store.index.clock.now() + lifetime)"}"#.utf8)
        return .json(.ok, out)
    }
}

private func < (a: (Timestamp, String), b: (Timestamp, String)) -> Bool { a.0 != b.0 ? a.0 < b.0 : a.1 < b.1 }
