import LarderModel

/// Reads known fields of a JSON object and says which one is wrong: `video_history[3].rating is "great"; …`.
struct FieldReader {
    let fields: DocumentFields
    /// Where the object stands, with a point at its end; empty for the outermost.
    let path: String

    /// - Parameter piece: nil or null is an empty object.
    /// - Throws: `LarderError` `.invalidDocument` when it is anything else than an object.
    init(_ piece: JSONPiece?, path: String) throws(LarderError) {
        self.path = path.isEmpty ? "" : path + "."
        guard let piece, !piece.isNull else {
            fields = DocumentFields([])
            return
        }
        guard let fields = piece.fields else {
            throw Self.wrong(path.isEmpty ? "The document" : path, piece, "it must be an object")
        }
        self.fields = fields
    }

    static func wrong(_ path: String, _ piece: JSONPiece, _ rule: String) -> LarderError {
        LarderError(.invalidDocument, "\(path) is \(String(decoding: piece.bytes.prefix(60), as: UTF8.self)); \(rule).")
    }

    func wrong(_ name: String, _ piece: JSONPiece, _ rule: String) -> LarderError {
        Self.wrong(path + name, piece, rule)
    }

    /// Bytes of a run ID, theme, mood or style: they are names, and they are in the document many times.
    static let textMax = 200

    /// A string; nil when it is missing, null or empty.
    func text(_ name: String) throws(LarderError) -> String? {
        guard let piece = fields.given(name) else { return nil }
        guard let text = piece.string else { throw wrong(name, piece, "it must be a string") }
        guard text.utf8.count <= Self.textMax else {
            throw wrong(name, piece, "it has \(text.utf8.count) bytes, and at most \(Self.textMax) are taken")
        }
        return text.isEmpty ? nil : text
    }

    func neededText(_ name: String) throws(LarderError) -> String {
        guard let text = try text(name) else { throw missing(name) }
        return text
    }

    private func missing(_ name: String) -> LarderError {
        LarderError(.invalidDocument, "\(path)\(name) is missing; it must be a string that is not empty.")
    }

    /// The run that the object is about.
    func runID(_ name: String = "runId") throws(LarderError) -> Identifier {
        _ = try neededText(name)
        guard let run = try fields.identifier(name) else { throw missing(name) }
        return run
    }

    /// The same for a run that is to be rated: its evaluation is the entry `{run}/evaluation.json`.
    func ratableRunID(_ name: String = "runId") throws(LarderError) -> Identifier {
        let run = try runID(name)
        guard !run.bytes.contains(UInt8(ascii: "/")) else {
            throw LarderError(.invalidDocument, "\(path)\(name) is \"\(run)\"; it may not hold '/'.")
        }
        return run
    }

    /// Words, each once.
    func texts(_ name: String) throws(LarderError) -> [String] {
        guard let piece = fields.given(name) else { return [] }
        guard let items = piece.items else { throw wrong(name, piece, "it must be an array of strings") }
        var seen: Set<Word> = []
        var texts: [String] = []
        for (i, item) in items.enumerated() {
            guard let text = item.string else { throw wrong("\(name)[\(i)]", item, "it must be a string") }
            if seen.insert(Word(text)).inserted { texts.append(text) }
        }
        return texts
    }

    /// A finite number of at least 0, as it was written; nil when it is missing or null.
    func seconds(_ name: String) throws(LarderError) -> JSONPiece? {
        guard let piece = fields.given(name) else { return nil }
        guard let number = piece.number, number >= 0 else {
            throw wrong(name, piece, "it must be a number of seconds, or null")
        }
        return piece
    }

    func objects(_ name: String) throws(LarderError) -> [FieldReader] {
        guard let piece = fields.given(name) else { return [] }
        guard let items = piece.items else { throw wrong(name, piece, "it must be an array of objects") }
        var readers: [FieldReader] = []
        readers.reserveCapacity(items.count)
        for (i, item) in items.enumerated() {
            guard item.kind == .object else { throw wrong("\(name)[\(i)]", item, "it must be an object") }
            readers.append(try FieldReader(item, path: "\(path)\(name)[\(i)]"))
        }
        return readers
    }

    /// A rating that is known, or not yet: nil when it is missing or null.
    func rating(_ name: String = "rating") throws(LarderError) -> Rating? {
        guard let piece = fields.given(name) else { return nil }
        guard let rating = piece.string.flatMap(Rating.init) else {
            throw wrong(name, piece, #"it must be "good", "bad" or null"#)
        }
        return rating
    }

    /// A rating that is being given.
    func neededRating(_ name: String = "rating") throws(LarderError) -> Rating {
        let rule = #"it must be "good" or "bad""#
        guard let piece = fields[name] else {
            throw LarderError(.invalidDocument, "\(path)\(name) is missing; \(rule).")
        }
        guard let rating = piece.string.flatMap(Rating.init) else { throw wrong(name, piece, rule) }
        return rating
    }

    /// A moment and the text that says it; nil when it is missing or null.
    func time(_ name: String = "timestamp") throws(LarderError) -> (text: String, at: Timestamp)? {
        guard let piece = fields.given(name) else { return nil }
        guard let text = piece.string, let at = ISOTime.parse(text) else {
            throw wrong(name, piece, "it must be an ISO 8601 time such as 2026-05-10T06:12:47.000Z")
        }
        return (text, at)
    }
}
