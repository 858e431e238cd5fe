package import LarderModel

/// What `POST …/ratings` asks for, and the entry that it makes.
package struct NewEvaluation: Sendable {
    package let runID: Identifier
    package let rating: Rating
    package let at: Timestamp
    /// The entry's content.
    package let json: [UInt8]

    /// A comment's names, first one first.
    static let commentNames = ["comments", "feedback", "comment"]

    /// Makes the entry of a rating that was posted. Its comment goes under `comments`, whatever it was called; should
    /// there be several, the others stay under their own names, as do fields that Larder doesn't know.
    /// - Parameters:
    ///   - now: when it was given, unless it says so itself.
    ///   - maxDepth: as `JSONText.check` has it.
    /// - Throws: `LarderError` `.notJSON`; `.invalidDocument`, naming the field.
    package init(_ body: [UInt8], project: Identifier, now: Timestamp, maxDepth: Int) throws(LarderError) {
        let piece = try JSONPiece(parsing: body, maxDepth: maxDepth)
        guard piece.kind == .object else { throw FieldReader.wrong("The rating", piece, "it must be an object") }
        let reader = try FieldReader(piece, path: "")
        let run = try reader.ratableRunID(), rating = try reader.neededRating()
        let time = try reader.time()
        var comment: (name: String, piece: JSONPiece)?
        for name in Self.commentNames {
            guard let piece = reader.fields.given(name) else { continue }
            guard let text = piece.string else { throw reader.wrong(name, piece, "it must be a string") }
            if comment == nil, !text.isEmpty { comment = (name, piece) }
        }
        var out = JSONWriter()
        out.openObject()
        out.field("projectId", project)
        out.field("runId", run)
        out.field("rating", rating.rawValue)
        if let comment { out.field("comments", raw: comment.piece.bytes) }
        out.field("timestamp", time?.text ?? now.iso8601)
        var known: Set<String> = ["projectId", "runId", "rating", "timestamp", "comments"]
        if let comment { known.insert(comment.name) }
        out.members(raw: reader.fields.rest(without: known))
        out.closeObject()
        runID = run
        self.rating = rating
        at = time?.at ?? now
        json = out.bytes
    }
}
