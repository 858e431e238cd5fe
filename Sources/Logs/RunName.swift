package import LarderModel

/// A run of a project, and the entry that is its log (contract §4.3).
package struct RunName: Hashable, Sendable {
    package let project: Identifier
    package let run: Identifier

    package static let prefix = Array("projects/".utf8)
    /// Bytes of the longest key of a run's log.
    package static let keyMax = 600

    /// - Throws: `LarderError` `.invalidKey` when a part is empty, holds `/` or makes the key too long.
    package init(project: Identifier, run: Identifier) throws(LarderError) {
        for part in [project, run] {
            guard !part.isEmpty, !part.bytes.contains(UInt8(ascii: "/")) else {
                throw LarderError(.invalidKey, "A project or run ID is not empty and holds no '/'.")
            }
        }
        self.project = project
        self.run = run
        guard try key().bytes.count <= Self.keyMax else {
            throw LarderError(
                .invalidKey,
                "A project ID and a run ID make a key of at most \(Self.keyMax) bytes; these make a longer one.")
        }
    }

    /// The run whose log has this key; nil for other keys.
    package init?(_ key: EntryKey) {
        let parts = key.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].elementsEqual("projects".utf8), parts[2].elementsEqual("runs".utf8),
            parts[4].elementsEqual("progress.json".utf8), !parts[1].isEmpty, !parts[3].isEmpty,
            key.bytes.count <= Self.keyMax, isValidUTF8(key.bytes)
        else {
            return nil
        }
        project = Identifier(trusted: Array(parts[1]))
        run = Identifier(trusted: Array(parts[3]))
    }

    package func key() throws(LarderError) -> EntryKey {
        try EntryKey(
            bytes: Self.prefix + project.bytes + Array("/runs/".utf8) + run.bytes + Array("/progress.json".utf8))
    }
}
