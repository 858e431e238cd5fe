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
}
