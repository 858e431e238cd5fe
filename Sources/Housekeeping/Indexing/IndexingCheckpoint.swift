/// Where the indexing of a vault is, and what it has done.
struct IndexingCheckpoint: Codable, Sendable {
    /// The key at which it is, in hexadecimal; nil: before the first.
    var key: String?
    /// Events of this key's log that are done; nil: the key is done.
    var sequence: Int64?
    var done: Int64 = 0
    var total: Int64 = 0
    /// Items that it made.
    var items: Int64 = 0
}
