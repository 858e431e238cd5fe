/// Where the removal of a store is, and what it has done.
struct StoreRemovalCheckpoint: Codable, Sendable {
    var done: Int64 = 0
    var total: Int64 = 0
}
