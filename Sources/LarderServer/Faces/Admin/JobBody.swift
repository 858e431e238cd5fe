import Housekeeping
import LarderModel

/// Reads what a POST asks a job to do. No body at all asks for all of it.
enum JobBody {
    /// - Throws: `LarderError` `.notJSON`, `.malformedRequest`, `.invalidStore`.
    static func parse(_ kind: JobKind, _ body: [UInt8], site: SiteID?) throws(LarderError) -> JobRequest {
        let bytes = body.isEmpty ? Array("{}".utf8) : body
        switch kind {
        case .cleanup: return .cleanup(try cleanup(bytes, site: site))
        case .collect:
            let fields = try JSONFields(bytes, known: ["grace"])
            return .collect(
                CollectRequest(grace: try duration("grace", fields) ?? CollectRequest.graceDefault, isFull: true))
        case .verify, .scrub:
            let fields = try JSONFields(bytes, known: ["rate"])
            guard let text = try fields.string("rate") else { return .verify(VerifyRequest()) }
            guard let rate = ByteCount(parsing: text), rate.bytes > 0 else {
                throw LarderError(
                    .malformedRequest, "rate is a size to read in a second, such as 50MB; got '\(text.prefix(40))'.")
            }
            return .verify(VerifyRequest(bytesPerSecond: rate.bytes))
        }
    }

    /// The dry run that a body `{"confirm":"17"}` wants carried out; nil when it names none.
    /// - Throws: `LarderError` `.malformedRequest` when it says more than that: what is removed is what was shown.
    static func confirmation(_ body: [UInt8]) throws(LarderError) -> Int64? {
        guard !body.isEmpty, case let fields = try JSONFields(body, known: cleanupFields.union(["confirm"])),
            let text = try fields.string("confirm")
        else { return nil }
        guard fields.count == 1, let id = Int64(text) else {
            throw LarderError(
                .malformedRequest, "confirm is the ID of a dry run and stands alone: it removes what that one showed.")
        }
        return id
    }

    private static let cleanupFields: Set<String> = ["dryRun", "store", "project", "olderThan", "keys"]

    private static func cleanup(_ bytes: [UInt8], site: SiteID?) throws(LarderError) -> CleanupRequest {
        let fields = try JSONFields(bytes, known: cleanupFields.union(["confirm"]))
        let store = try fields.string("store").map { text throws(LarderError) in try StoreName(text) }
        let project = try fields.string("project")
        guard project.map({ !$0.isEmpty && !$0.contains("/") }) ?? true else {
            throw LarderError(.malformedRequest, "project is the name of one project, without '/'.")
        }
        return CleanupRequest(
            dryRun: try fields.bool("dryRun") ?? false, site: site, store: store, project: project,
            olderThan: try duration("olderThan", fields),
            keys: try fields.bool("keys") ?? false)
    }

    private static func duration(_ name: String, _ fields: JSONFields) throws(LarderError) -> Duration? {
        guard let text = try fields.string(name) else { return nil }
        if text == "0s" { return .zero }
        guard let duration = Duration(parsing: text) else {
            throw LarderError(
                .malformedRequest, "\(name) is a duration such as 30d (s, m, h, d); got '\(text.prefix(40))'.")
        }
        return duration
    }
}
