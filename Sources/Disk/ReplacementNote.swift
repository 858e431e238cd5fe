import LarderModel

/// What a data directory says of the state that it had before: `replaced.json`.
///
///     {"snapshot":"2026-11-27T…","at":1780000000000,"before":"/var/lib/larder.before-2026-…","bytes":123,"older":null}
package struct ReplacementNote: Sendable, Hashable {
    /// The snapshot that came in its place.
    package let snapshot: String
    /// When, in milliseconds since 1970.
    package let at: Int64
    /// The folder that holds the state before.
    package let before: String
    /// Bytes of its files. What both states have is on the disk once.
    package let bytes: Int64
    /// The folder of the state before that, which goes once this one is there; nil: there is none.
    package let older: String?

    package init(snapshot: String, at: Int64, before: String, bytes: Int64, older: String?) {
        self.snapshot = snapshot
        self.at = at
        self.before = before
        self.bytes = bytes
        self.older = older
    }

    package var json: [UInt8] {
        var out = JSONWriter()
        out.object { out in
            out.field("snapshot", snapshot)
            out.field("at", at)
            out.field("before", before)
            out.field("bytes", bytes)
            out.field("older", older)
        }
        return out.bytes
    }

    /// The note in a folder. Blocks.
    /// - Returns: nil: there is none.
    /// - Throws: `LarderError` when it can't be read.
    init?(in folder: String) throws {
        let path = folder + "/" + DataReplacement.noteName
        guard let bytes = try FileSystem.readFile(path) else { return nil }
        do { self = try Self.read(bytes) } catch {
            throw LarderError(.internalError, "\(path) can't be read: \(error.message)")
        }
    }
}

extension ReplacementNote {
    private static func read(_ bytes: [UInt8]) throws(LarderError) -> ReplacementNote {
        let fields = try JSONFields(bytes, known: ["snapshot", "at", "before", "bytes", "older"], maxDepth: 2)
        guard let snapshot = try fields.string("snapshot"), let at = try fields.integer("at"),
            let before = try fields.string("before"), let size = try fields.integer("bytes")
        else { throw LarderError(.invalidDocument, "a field is missing") }
        return ReplacementNote(
            snapshot: snapshot, at: at, before: before, bytes: size, older: try fields.string("older"))
    }
}

extension DataDirectory {
    /// What was replaced here, as long as the state before is there. Blocks.
    /// - Returns: nil: nothing was, or it was discarded.
    package func replaced() throws -> ReplacementNote? {
        guard let note = try ReplacementNote(in: path), try FileSystem.identity(note.before) != nil else { return nil }
        return note
    }

    /// Removes the state before. Blocks.
    /// - Returns: what it was; nil: there was none.
    package func discardBefore() throws -> ReplacementNote? {
        guard let note = try replaced() else { return nil }
        let last = try Self.setAside(note.before, in: path)
        try FileSystem.remove(path + "/" + DataReplacement.noteName)
        try FileSystem.syncDirectory(path)
        try FileSystem.removeTree(last)
        return note
    }

    /// Takes the name of a state before away, so that nobody takes for whole what is being removed.
    /// - Returns: where it is now.
    static func setAside(_ before: String, in path: String) throws -> String {
        let name = before.split(separator: "/").last?.split(separator: "before-").last.map(String.init) ?? "older"
        let target = path + "/" + DataReplacement.discarded + name
        try FileSystem.rename(before, to: target)
        return target
    }
}
