import BlobStore

/// Where a verification is, and what it has found so far.
struct VerifyCheckpoint: Sendable, Codable {
    enum Phase: String, Sendable, Codable { case objects, files, names, done }

    /// What came of it; the JSON result.
    struct Outcome: Sendable, Codable {
        /// An object whose content is not what its name says, or is not there.
        struct Damage: Sendable, Codable {
            struct Name: Sendable, Codable {
                var site: String
                var store: String
                var key: String
            }

            /// SHA-256 of what it should be.
            var object: String
            var kind: ObjectDamage
            /// Whether its file was moved to `quarantine/`.
            var quarantined: Bool
            /// The index's number of it.
            var id: Int64
            /// Entries whose reads fail because of it.
            var entries: [Name] = []
        }

        /// Objects read, and their bytes as kept.
        var verified: Int64 = 0
        var bytes: Int64 = 0
        var corrupt: Int64 = 0
        var missing: Int64 = 0
        var unreadable: Int64 = 0
        /// Files that no row names; a full collection removes them.
        var orphans: Int64 = 0
        var orphanNames: [String] = []
        /// Names under `objects/` that are no object's.
        var foreign: Int64 = 0
        /// The first ``VerifyCheckpoint/damagedMax`` damaged objects.
        var damaged: [Damage] = []
        /// Nothing: a verification removes nothing.
        var removed: Int64 = 0
        var byStore: [String: Int64] = [:]

        var isClean: Bool { corrupt == 0 && missing == 0 && unreadable == 0 }
    }

    var phase = Phase.objects
    /// The last object read, and the last one to read.
    var object: Int64 = 0
    var lastObject: Int64 = 0
    /// Bytes as kept of all objects, when it began.
    var totalBytes: Int64 = 0
    /// The next of the 256 folders.
    var shard = 0
    var outcome = Outcome()
    var done: Int64 = 0
    var total: Int64 = 0

    static let damagedMax = 1_000
    static let namedMax = 20
}
