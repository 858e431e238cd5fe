import Disk
import Access
import LarderHTTP
import LarderModel
import NIOHTTP1

/// New secrets in the place of old ones: `POST /v1/admin/tokens/admin/roll` → `{"token"}`, shown once, and
/// `POST /v1/admin/signing-key/rotate {keepOld?}` → `{"oldValidUntil":…|null}`.
struct SecretsFace {
    let context: ServerContext

    private static let bodyMax = 4 << 10

    func rollAdminToken(_ request: RequestHead) async throws -> Answer {
        let admin = try context.authorizeAdministration(request)
        guard request.method == .POST else { throw EntryService.wrongMethod(request, allowed: "POST") }
        let (adminToken, authenticator) = (context.adminToken, context.authenticator)
        let token = try await onDisk { try adminToken.roll(authenticator) }
        await context.audit.note(AuditDraft(who: admin.name, act: .rollAdminToken, subject: "admin"))
        return .json(.ok, #"{"token":"\#(token)"}"#)
    }

    func rotateSigningKey(_ request: RequestHead, _ body: IncomingBody) async throws -> Answer {
        let admin = try context.authorizeAdministration(request)
        guard request.method == .POST else { throw EntryService.wrongMethod(request, allowed: "POST") }
        let bytes = try await body.collect(limit: Self.bodyMax)
        let keepOld = try keepOld(try JSONFields(bytes.isEmpty ? Array("{}".utf8) : bytes, known: ["keepOld"]))
        let keys = context.signingKeys
        let until = try await onDisk { try keys.rotate(keepOld: keepOld) }
        let answer = #"{"oldValidUntil":\#(until.map { "\"\($0)\"" } ?? "null")}"#
        await context.audit.note(
            AuditDraft(who: admin.name, act: .rotateSigningKey, subject: "signing key", detail: Array(answer.utf8)))
        return .json(.ok, answer)
    }

    private func keepOld(_ fields: JSONFields) throws(LarderError) -> Duration {
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
    private func onDisk<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        do { return try await context.store.pool.run(work) } catch {
            throw context.store.writeFailure(error)
        }
    }
}
