import Access
import LarderHTTP
import LarderModel
import NIOHTTP1

/// New secrets in the place of old ones.
enum SecretOperations {
    /// `POST /v1/admin/tokens/admin/roll` → `{"token"}`, shown once.
    static let rollAdminToken = ResourceKind<Void>(
        "roll",
        [
            .task(.POST, by: .administration) { _, call, _ in
                let token = try await call.server.access.rollAdminToken(by: call.permit.requester)
                var json = JSONWriter()
                json.object { $0.field("token", token) }
                return .json(.ok, json.bytes)
            }
        ])

    /// `POST /v1/admin/signing-key/rotate {keepOld?}` → `{"oldValidUntil":…|null}`
    static let rotateSigningKey = ResourceKind<Void>(
        "rotate",
        [
            .task(.POST, by: .administration) { _, call, body in
                let bytes = try await body.collect(limit: bodyMax)
                let fields = try JSONFields(
                    bytes.isEmpty ? Array("{}".utf8) : bytes, known: ["keepOld"],
                    maxDepth: call.server.gate.limits.jsonDepth)
                let keepOld = try keepOld(fields)
                let until = try await call.server.access.rotateSigningKey(keepOld: keepOld, by: call.permit.requester)
                var json = JSONWriter()
                json.object { $0.field("oldValidUntil", until?.iso8601) }
                return .json(.ok, json.bytes)
            }
        ])

    private static let bodyMax = 4 << 10

    private static func keepOld(_ fields: JSONFields) throws(LarderError) -> Duration {
        guard let text = try fields.string("keepOld") else { return SigningKeys.keepOldDefault }
        if text == "0s" { return .zero }
        guard let duration = Duration(parsing: text), duration <= SigningKeys.keepOldMax else {
            throw LarderError(
                .malformedRequest,
                "keepOld is a duration such as 24h, at most \(SigningKeys.keepOldMax.policyText), or 0s.")
        }
        return duration
    }
}
