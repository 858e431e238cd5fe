import LarderModel

extension MemoryFrame {
    /// Merges a patch of `user_preferences` (RFC 7396). A known field that it names is chosen from then on; null gives
    /// it back to learning.
    /// - Parameter maxDepth: of the patch, as `JSONText.check` has it.
    /// - Throws: `LarderError` `.notJSON`, or `.invalidDocument` naming the field. Nothing has changed then.
    mutating func merge(_ patch: [UInt8], maxDepth: Int) throws(LarderError) {
        let piece = try JSONPiece(parsing: patch, maxDepth: maxDepth)
        guard piece.kind == .object else { throw FieldReader.wrong("The patch", piece, "it must be an object") }
        let reader = try FieldReader(piece, path: "")
        var new = chosen
        if let value = reader.fields["favorite_moods"] {
            new.favoriteMoods = value.isNull ? nil : try reader.texts("favorite_moods")
        }
        if let value = reader.fields["disliked_music_styles"] {
            new.dislikedMusicStyles = value.isNull ? nil : try reader.texts("disliked_music_styles")
        }
        if reader.fields["preferred_duration"] != nil {
            new.preferredDuration = try reader.seconds("preferred_duration")?.bytes
        }
        let others = reader.fields.rest(without: WrittenDocument.preferenceNames)
        let merged = try MergePatch.apply(
            DocumentFields.object(others), to: DocumentFields.object(preferencesExtra), maxDepth: .max)
        preferencesExtra = Array(merged.dropFirst().dropLast())
        chosen = new
    }
}
