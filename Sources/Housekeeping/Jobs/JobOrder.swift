import LarderModel

/// What came with a POST that asks for a job.
struct JobOrder: Sendable {
    /// Empty: it asks for all of it.
    let body: [UInt8]
    /// The site that it names; nil: none.
    let site: SiteID?
    /// Levels of nesting in the body.
    let maxDepth: Int
    /// Looks up an earlier job.
    let job: @Sendable (Int64) async throws -> JobRecord

    /// - Throws: `LarderError` `.notJSON`, `.malformedRequest`.
    func fields(known: Set<String>) throws(LarderError) -> JSONFields {
        try JSONFields(body.isEmpty ? Array("{}".utf8) : body, known: known, maxDepth: maxDepth)
    }
}

extension JSONFields {
    /// A field's duration such as `30d`; nil when it is absent.
    func duration(_ name: String) throws(LarderError) -> Duration? {
        guard let text = try string(name) else { return nil }
        if text == "0s" { return .zero }
        guard let duration = Duration(parsing: text) else {
            throw LarderError(
                .malformedRequest, "\(name) is a duration such as 30d (s, m, h, d); got '\(text.prefix(40))'.")
        }
        return duration
    }
}
