import Access
import Disk
import LarderHTTP
import LarderModel

/// New secrets in the place of old ones.
enum SecretOperations {
    /// `POST /v1/admin/tokens/admin/roll` → `{"token"}`, shown once.
    static let rollAdminToken = ResourceKind<Void>(
        "roll",
        [
            .task(.POST, by: .administration) { _, call, _ in
                let (adminToken, authenticator) = (call.server.adminToken, call.server.authenticator)
                let token = try await onDisk(call) { try adminToken.roll(authenticator) }
                await call.server.audit.note(
                    AuditDraft(who: call.permit.requester, act: .rollAdminToken, subject: "admin"))
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
                let keepOld = try keepOld(try JSONFields(bytes.isEmpty ? Array("{}".utf8) : bytes, known: ["keepOld"]))
                let keys = call.server.signingKeys
                let until = try await onDisk(call) { try keys.rotate(keepOld: keepOld) }
                var json = JSONWriter()
                json.object { $0.field("oldValidUntil", until?.iso8601) }
                await call.server.audit.note(
                    AuditDraft(
                        who: call.permit.requester, act: .rotateSigningKey, subject: "signing key",
                        detail: json.bytes))
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

    /// Runs what blocks on a thread that may. A failed fsync ends writing, as everywhere.
    private static func onDisk<T: Sendable>(_ call: Call, _ work: @escaping @Sendable () throws -> T) async throws -> T
    {
        let store = call.server.store
        do { return try await store.pool.run(work) } catch { throw store.writeFailure(error) }
    }
}
