import NIOCore

extension LarderClient {
    /// Makes a token. Its secret is in the answer and nowhere else.
    /// - Parameters:
    ///   - scopes: `read`, `write`, `admin`; at least one.
    ///   - site: the one site it is for; nil: all.
    ///   - stores: patterns of the stores it is for, such as `*-runs`; nil: all.
    ///   - expiresIn: a duration such as `90d`; nil: never.
    ///   - note: for people; at most 200 bytes.
    /// - Throws: ``LarderClientError``: `forbidden` without an admin's token, `invalidArgument`.
    public func createToken(
        scopes: [String], site: String? = nil, stores: [String]? = nil, expiresIn: String? = nil, note: String? = nil
    ) async throws -> TokenInfo {
        struct Body: Encodable {
            var scopes: [String]
            var site: String?
            var stores: [String]?
            var expiresIn: String?
            var note: String?
        }
        let body = Body(scopes: scopes, site: site, stores: stores, expiresIn: expiresIn, note: note)
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

    /// Makes a link that opens one entry without a token.
    /// - Parameter expiresIn: a duration such as `24h`, at most `30d`.
    public func sign(store: String, key: String, expiresIn: String = "24h") async throws -> SignedLink {
        try await transport.json(SignedLink.self, try post("/v1/sign", ["store": store, "key": key, "expiresIn": expiresIn]))
    }

    private func post(_ path: String, _ body: some Encodable) throws -> WireRequest {
        var request = WireRequest(.POST, path)
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(try ClientJSON.encode(body))
        return request
    }
}
