import LarderModel

/// A run of a project, and the entry that is its log (contract §4.3).
package struct RunName: Hashable, Sendable {
    package let project: String
    package let run: String

    package static let prefix = Array("projects/".utf8)

    /// - Throws: `LarderError` `.invalidKey` when a part is empty, holds `/` or makes the key too long.
    package init(project: String, run: String) throws(LarderError) {
        for part in [project, run] {
            guard !part.isEmpty, !part.utf8.contains(UInt8(ascii: "/")) else {
                throw LarderError(.invalidKey, "A project or run ID is not empty and holds no '/'.")
            }
        }
        self.project = project
        self.run = run
        _ = try key()
    }

    /// The run whose log has this key; nil for other keys.
    package init?(_ key: EntryKey) {
        let parts = key.text.parts(separatedBy: "/")
        guard parts.count == 5, parts[0] == "projects", parts[2] == "runs", parts[4] == "progress.json",
            !parts[1].isEmpty, !parts[3].isEmpty
        else {
            return nil
        }
        project = String(parts[1])
        run = String(parts[3])
    }

    package func key() throws(LarderError) -> EntryKey { try EntryKey("projects/\(project)/runs/\(run)/progress.json") }
}
