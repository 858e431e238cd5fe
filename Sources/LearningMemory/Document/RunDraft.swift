package import LarderModel

/// What `POST …/runs` says of a run.
package enum RunDraft {
    /// Bytes of fields that Larder doesn't know: they stand in the document for as long as the run does.
    package static let extraMax = 2_048

    /// - Parameter maxDepth: as `JSONText.check` has it.
    /// - Throws: `LarderError` `.notJSON`; `.invalidDocument`, naming the field; `.entryTooLarge`.
    package static func read(_ body: [UInt8], maxDepth: Int) throws(LarderError) -> RunFacts {
        let piece = try JSONPiece(parsing: body, maxDepth: maxDepth)
        guard piece.kind == .object else { throw FieldReader.wrong("The run", piece, "it must be an object") }
        let reader = try FieldReader(piece, path: "")
        var run = RunFacts(runID: try reader.ratableRunID(), source: .recorded)
        run.theme = try reader.neededText("theme")
        run.mood = try reader.neededText("mood")
        run.musicStyle = try reader.neededText("musicStyle")
        run.duration = try reader.seconds("duration")?.number
        if let time = try reader.time() { (run.timestamp, run.at) = (time.text, time.at) }
        // A rating is given by rating: were it taken from here, there would be no evaluation to take back.
        run.extra = reader.fields.rest(without: [
            "runId", "theme", "mood", "musicStyle", "duration", "timestamp", "rating",
        ])
        guard run.extra.count <= extraMax else {
            throw LarderError(
                .entryTooLarge, "The run's other fields have \(run.extra.count) bytes; at most \(extraMax) are kept.")
        }
        return run
    }
}
