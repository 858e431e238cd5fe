/// Where a collection is, and what it has done so far.
struct CollectCheckpoint: Sendable, Codable {
    enum Phase: String, Sendable, Codable { case references, unreferenced, files, logs, vacuum, done }

    /// What came of it; the JSON result.
    struct Outcome: Sendable, Codable {
        /// An object whose count of references was wrong, and was put right.
        struct Difference: Sendable, Codable {
            var object: String
            var counted: Int64
            var real: Int64
        }

        /// Objects removed, and their bytes as kept.
        var removed: Int64 = 0
        var bytes: Int64 = 0
        /// Files without a row, and uploads that never came to their end, removed.
        var orphans: Int64 = 0
        var orphanBytes: Int64 = 0
        /// Names under `objects/` that are no object's; left alone. The first few of them.
        var foreign: Int64 = 0
        var foreignNames: [String] = []
        /// Wrong counts; the first few of them.
        var differences: Int64 = 0
        var differing: [Difference] = []
        /// Entries whose object does not exist: their reads fail.
        var dangling: Int64 = 0
        /// Bytes of the index given back to the disk.
        var vacuumed: Int64 = 0
        /// Nothing: a collection removes no entries.
        var byStore: [String: Int64] = [:]
    }

    var phase: Phase
    /// The last object compared.
    var object: Int64 = 0
    /// The next of the 256 folders.
    var shard = 0
    var outcome = Outcome()
    var done: Int64 = 0
    var total: Int64 = 0

    static let namedMax = 20
}
