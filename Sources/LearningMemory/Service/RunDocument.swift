import LarderModel

/// What a run's own entry says of it: its record or its index. A few words of it, whatever its size.
struct RunDocument: Sendable {
    /// Of the parts of a record, what each says; the record itself first.
    let mood, composerMood, briefMood, writerMood: String?
    let musicStyle, composerStyle, creditsStyle, musicObjectStyle: String?
    let theme, briefTheme, writerTheme: String?
    /// Seconds.
    let duration, artifactsDuration, editorDuration, briefLength: Double?
    /// As it was written.
    let createdAt: String?
    /// Where the index says that the music is, in the audio store.
    let musicKey: Identifier?

    /// - Parameter maxDepth: as `JSONText.check` has it.
    /// - Returns: nil when it is no JSON object.
    init?(reading json: [UInt8], maxDepth: Int) {
        guard let fields = (try? JSONPiece(parsing: json, maxDepth: maxDepth))?.fields else { return nil }
        let composer = fields.object("agentResults", "composer", "data")
        let writer = fields.object("agentResults", "writer", "data")
        let brief = fields.object("brief")
        mood = fields.text("mood")
        composerMood = composer.text("mood")
        briefMood = brief.text("mood")
        writerMood = writer.text("mood")
        musicStyle = fields.text("musicStyle")
        composerStyle = composer.text("musicStyle", "style", "genre")
        creditsStyle = fields.object("agentResults", "attribution", "data", "ai_attribution", "music")
            .text("style", "genre")
        musicObjectStyle = fields.object("music").text("style", "genre")
        theme = fields.text("theme")
        briefTheme = brief.text("theme")
        writerTheme = writer.text("theme")
        duration = fields.seconds("duration")
        artifactsDuration = fields.object("artifacts").seconds("duration")
        editorDuration = fields.object("agentResults", "editor", "data").seconds("duration")
        briefLength = brief.seconds("videoLength")
        createdAt = fields.text("createdAt")
        musicKey = (try? fields.identifier("musicKey")) ?? nil
    }
}

extension DocumentFields {
    /// The object at the end of a path; one without fields when there is none.
    fileprivate func object(_ path: String...) -> DocumentFields {
        var fields = self
        for name in path { fields = fields[name]?.fields ?? DocumentFields([]) }
        return fields
    }

    /// A number, also one that is written as a string, as metadata often are.
    func seconds(_ name: String) -> Double? {
        let number = self[name]?.number ?? self[name]?.string.flatMap { Double($0) }
        return number.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
    }
}
