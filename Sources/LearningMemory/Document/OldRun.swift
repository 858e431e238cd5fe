import LarderModel

/// A run as old documents had it.
struct OldRun {
    let id: Identifier
    private var timestamp: JSONPiece?
    private var rating: JSONPiece?
    private var theme: String?
    private var musicStyle: String?
    private var mood: String?
    private var extra = JSONWriter()

    /// - Parameter id: for entries of a map; nil: the object says it.
    /// - Returns: nil when it is no object, or has no ID.
    /// - Throws: `LarderError` `.invalidDocument` when its ID is no Unicode text.
    init?(_ piece: JSONPiece, id: Identifier? = nil) throws(LarderError) {
        guard let fields = piece.fields else { return nil }
        var known = id
        if known == nil { known = try fields.identifier("runId", "run_id", "id") }
        guard let known, !known.isEmpty else { return nil }
        self.id = known
        timestamp = Self.first(["timestamp", "createdAt", "created_at", "date"], fields)
        rating = Self.first(["rating", "userRating", "user_rating"], fields)
        theme = fields.text("theme")
        musicStyle = fields.text("musicStyle", "music_style", "style")
        mood = fields.text("mood")
        let read: Set<String> = [
            "runId", "run_id", "id", "timestamp", "createdAt", "created_at", "date", "rating", "userRating",
            "user_rating", "theme", "musicStyle", "music_style", "style", "mood",
        ]
        extra.members(raw: fields.rest(without: read))
    }

    init(id: Identifier, rating: JSONPiece) {
        self.id = id
        self.rating = rating
    }

    private static func first(_ names: [String], _ fields: DocumentFields) -> JSONPiece? {
        names.lazy.compactMap { fields.given($0) }.first
    }

    /// Adds what was said of the same run elsewhere, in a `ratings` map say. The rating there counts.
    mutating func add(_ other: OldRun) {
        rating = other.rating ?? rating
        timestamp = timestamp ?? other.timestamp
        theme = theme ?? other.theme
        musicStyle = musicStyle ?? other.musicStyle
        mood = mood ?? other.mood
        extra.members(raw: other.extra.bytes)
    }

    func write(to out: inout JSONWriter) {
        let time = timestamp.flatMap(Self.time)
        let rating = rating.flatMap(Self.rating)
        out.openObject()
        out.field("runId", id)
        out.field("timestamp", time)
        out.field("rating", rating?.rawValue)
        out.field("theme", theme)
        out.field("musicStyle", musicStyle)
        if let mood { out.field("mood", mood) }
        if time == nil, let timestamp { out.field("originalTimestamp", raw: timestamp.bytes) }
        if rating == nil, let rating = self.rating { out.field("originalRating", raw: rating.bytes) }
        out.members(raw: extra.bytes)
        out.closeObject()
    }

    /// An ISO 8601 text as it is, a number as one.
    private static func time(_ piece: JSONPiece) -> String? {
        let time = ISOTime.parse(piece)
        return time == nil ? nil : piece.string ?? time?.iso8601
    }

    /// Words that say good or bad. Numbers don't: one of five, or one of one?
    private static func rating(_ piece: JSONPiece) -> Rating? {
        switch piece.string?.lowercased() ?? String(decoding: piece.bytes, as: UTF8.self) {
        case "good", "up", "thumbs_up", "thumbs-up", "thumbsup", "like", "liked", "positive", "true", "👍": .good
        case "bad", "down", "thumbs_down", "thumbs-down", "thumbsdown", "dislike", "disliked", "negative", "false", "👎":
            .bad
        default: nil
        }
    }
}
