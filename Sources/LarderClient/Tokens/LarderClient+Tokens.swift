public import FoundationEssentials
import NIOCore
import NIOHTTP1

extension LarderClient {
    /// Makes a token. Its secret is in the answer and nowhere else.
    /// - Parameters:
    ///   - scopes: `read`, `write`, `admin`; at least one.
    ///   - site: the one site it is for; nil: all.
    ///   - stores: patterns of the stores it is for, such as `*-runs`; nil: all.
    ///   - expiresIn: a duration such as `90d`; nil: never.
    ///   - note: for people; at most 200 bytes.
    ///   - requestsPerSecond: how many requests it may make; nil: what the server's default says.
    ///   - bytesPerSecond: how many bytes of bodies may come and go, at least 1,000; nil: what the server's default
    ///     says.
    /// - Throws: ``LarderClientError``: `forbidden` without an admin's token, `invalidArgument`.
    public func createToken(
        scopes: [String], site: String? = nil, stores: [String]? = nil, expiresIn: String? = nil, note: String? = nil,
        requestsPerSecond: Int? = nil, bytesPerSecond: Int64? = nil
    ) async throws -> TokenInfo {
        struct Body: Encodable {
            var scopes: [String]
            var site: String?
            var stores: [String]?
            var expiresIn: String?
            var note: String?
            var requestsPerSecond: Int?
            var bytesPerSecond: Int64?
        }
        let body = Body(
            scopes: scopes, site: site, stores: stores, expiresIn: expiresIn, note: note,
            requestsPerSecond: requestsPerSecond,
            bytesPerSecond: bytesPerSecond)
        return try await transport.json(TokenInfo.self, try post("/v1/admin/tokens", body))
    }

    /// All tokens, oldest first, without their secrets.
    public func tokens() async throws -> [TokenInfo] {
        struct Answer: Decodable { var tokens: [TokenInfo] }
        return try await transport.json(Answer.self, WireRequest(.GET, "/v1/admin/tokens")).tokens
    }

    /// Revokes a token; it is out of force when this returns.
    /// - Throws: ``LarderClientError`` `notFound`.
    public func revokeToken(_ id: String) async throws {
        _ = try await transport.bytes(WireRequest(.DELETE, "/v1/admin/tokens/" + WirePath.segment(id)))
    }

    /// Puts a new admin token in the place of the old one, which is out of force when this returns: a client that uses
    /// it needs the new one.
    /// - Returns: the new token. It is also in `<data>/admin.token`.
    public func rollAdminToken() async throws -> String {
        struct Answer: Decodable { var token: String }
        return try await transport.json(Answer.self, WireRequest(.POST, "/v1/admin/tokens/admin/roll")).token
    }

    /// Makes a link that opens one entry without a token.
    /// - Parameters:
    ///   - expiresIn: a duration such as `24h`, at most `30d`.
    ///   - method: `GET`, or `PUT` for a link to write.
    ///   - maxSize: how much may be written, such as `10MB`; nil: what the store's rule allows.
    public func sign(
        store: String, key: String, expiresIn: String = "24h", method: String = "GET", maxSize: String? = nil
    ) async throws -> SignedLink {
        var body = ["store": store, "key": key, "expiresIn": expiresIn, "method": method]
        body["maxSize"] = maxSize
        return try await transport.json(SignedLink.self, try post("/v1/sign", body))
    }

    /// Signs with a new key from now on.
    /// - Parameter keepOld: how long links of the present key go on working, such as `24h`; `0s`: they, and those of
    ///   all older keys, end at once.
    /// - Returns: until when they work; nil: no longer.
    public func rotateSigningKey(keepOld: String = "24h") async throws -> Date? {
        struct Answer: Decodable { var oldValidUntil: Date? }
        return try await transport.json(Answer.self, try post("/v1/admin/signing-key/rotate", ["keepOld": keepOld]))
            .oldValidUntil
    }

    private func post(_ path: String, _ body: some Encodable) throws -> WireRequest {
        var request = WireRequest(.POST, path)
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(try ClientJSON.encode(body))
        return request
    }
}
