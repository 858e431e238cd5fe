package import LarderModel

/// The content of an evaluation entry: `{"projectId","runId","rating","comments"?,"timestamp",…}`.
package struct EvaluationDocument: Sendable {
    package let projectID: Identifier?
    package let runID: Identifier?
    package let rating: Rating
    package let at: Timestamp?
    /// What the evaluation itself says of the run, for runs of which nothing else is known.
    package let theme: String?
    package let musicStyle: String?
    package let mood: String?

    /// Reads an entry. Old code writes what it likes there: whatever isn't an evaluation is just an entry.
    /// - Parameter maxDepth: as `JSONText.check` has it.
    /// - Returns: nil when it is no JSON object with a rating of good or bad, or names a run or project by what is no
    ///   Unicode text.
    package init?(reading json: [UInt8], maxDepth: Int) {
        guard let fields = (try? JSONPiece(parsing: json, maxDepth: maxDepth))?.fields,
            let rating = fields["rating"]?.string.flatMap(Rating.init)
        else { return nil }
        self.rating = rating
        do {
            projectID = try fields.identifier("projectId", "project_id")
            runID = try fields.identifier("runId", "run_id")
        } catch { return nil }
        at = fields["timestamp"].flatMap(ISOTime.parse)
        let about = fields["metadata"]?.fields
        theme = fields.text("theme") ?? about?.text("theme")
        musicStyle = fields.text("musicStyle", "style") ?? about?.text("musicStyle", "style")
        mood = fields.text("mood") ?? about?.text("mood")
    }
}
