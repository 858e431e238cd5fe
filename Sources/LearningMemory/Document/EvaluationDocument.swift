import LarderModel

/// The content of an evaluation entry: `{"projectId","runId","rating","comments"?,"timestamp",…}`.
package struct EvaluationDocument: Sendable {
    package let projectID: String?
    package let runID: String?
    package let rating: Rating
    package let at: Timestamp?
    /// What the evaluation itself says of the run, for runs of which nothing else is known.
    package let theme: String?
    package let musicStyle: String?
    package let mood: String?

    /// Reads an entry. Old code writes what it likes there: whatever isn't an evaluation is just an entry.
    /// - Returns: nil when it is no JSON object with a rating of good or bad.
    package init?(reading json: [UInt8]) {
        guard let fields = (try? JSONPiece(parsing: json))?.fields,
            let rating = fields["rating"]?.string.flatMap(Rating.init)
        else { return nil }
        self.rating = rating
        projectID = fields.text("projectId", "project_id")
        runID = fields.text("runId", "run_id")
        at = fields["timestamp"].flatMap(ISOTime.parse)
        let about = fields["metadata"]?.fields
        theme = fields.text("theme") ?? about?.text("theme")
        musicStyle = fields.text("musicStyle", "style") ?? about?.text("musicStyle", "style")
        mood = fields.text("mood") ?? about?.text("mood")
    }

    /// A comment's names, first one first.
    static let commentNames = ["comments", "feedback", "comment"]

    /// What `POST …/ratings` asks for.
    package struct Draft: Sendable {
        package let runID: String
        package let rating: Rating
        package let at: Timestamp
        package let json: [UInt8]
    }

    /// Makes the entry of a rating that was posted. Its comment goes under `comments`, whatever it was called; should
    /// there be several, the others stay under their own names, as do fields that Larder doesn't know.
    /// - Parameter now: when it was given, unless it says so itself.
    /// - Throws: `LarderError` `.notJSON`; `.invalidDocument`, naming the field.
    package static func draft(_ body: [UInt8], project: String, now: Timestamp) throws(LarderError) -> Draft {
        let piece = try JSONPiece(parsing: body)
        guard piece.kind == .object else { throw FieldReader.wrong("The rating", piece, "it must be an object") }
        let reader = try FieldReader(piece, path: "")
        let run = try reader.neededText("runId")
        guard let rating = try reader.rating() else {
            throw LarderError(.invalidDocument, #"rating is missing; it must be "good" or "bad"."#)
        }
        let time = try reader.time()
        var comment: (name: String, piece: JSONPiece)?
        for name in commentNames {
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
        return Draft(runID: run, rating: rating, at: time?.at ?? now, json: out.bytes)
    }
}
