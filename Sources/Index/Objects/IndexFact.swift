/// What an index notes of itself and its installation, by name.
package enum IndexFact: String, Sendable, CaseIterable {
    /// 16 bytes that tell this index from every other; made when something outside of it has to know whose it is.
    case identity
    /// Where objects lie, in UTF-8, for people; missing: in the data directory.
    case objects
    /// The identity of the index that this one is being made a copy of, or of the snapshot; missing: it is whole.
    case migration
    /// 16 hexadecimal digits that tell this Larder from others in a repository of snapshots; made by the first one, and
    /// kept by who restores it.
    case larder
    /// The last snapshot that came to its end, as JSON; missing: there was none.
    case backup
    /// The exports that are under way, a line each: a number, and until when it counts, in milliseconds since 1970.
    case export
    /// The secrets of the installation, in UTF-8, where the index keeps them: the admin token, the key that signs URLs,
    /// and those before it that still count.
    case adminToken = "secret.admin"
    case signingKey = "secret.signing"
    case olderSigningKeys = "secret.signing.older"
    /// Eight bytes that are others after each change of tokens, secrets or sessions, where several nodes have to
    /// notice; missing: there was none.
    case access

    package static let secrets: [IndexFact] = [.adminToken, .signingKey, .olderSigningKeys]
}

extension IndexReader {
    /// nil: nothing was noted.
    package func fact(_ fact: IndexFact) throws -> [UInt8]? {
        try db.one("SELECT value FROM facts WHERE name = ?1") {
            $0.set(1, fact.rawValue)
        } _: {
            $0.bytes(0)
        }
    }

    /// Whether any object lies outside of the index.
    package func hasFiles() throws -> Bool {
        try db.one("SELECT 1 FROM objects WHERE data IS NULL LIMIT 1") { _ in
        } _: { _ in
            true
        } ?? false
    }
}

extension IndexTransaction {
    package func note(_ fact: IndexFact, _ value: [UInt8]) throws {
        try db.run(
            "INSERT INTO facts (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2"
        ) {
            $0.set(1, fact.rawValue)
            $0.set(2, value)
        }
    }
}
