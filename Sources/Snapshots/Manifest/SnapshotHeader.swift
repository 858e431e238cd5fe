/// The first line of a manifest: what the snapshot is, for who reads no further.
package struct SnapshotHeader: Sendable, Hashable, Codable {
    /// Of manifests; a larger one is a newer larder's.
    package static let formatMax = 1

    /// How much is in it.
    package struct Counts: Sendable, Hashable, Codable {
        package var stores: Int64 = 0
        package var entries: Int64 = 0
        /// Of all entries, as clients see them; equal content counts each time.
        package var bytes: Int64 = 0
        /// Different contents, and their bytes as kept.
        package var objects: Int64 = 0
        package var storedBytes: Int64 = 0
        package var logs: Int64 = 0
        package var events: Int64 = 0
    }

    package var format: Int
    /// Its ``SnapshotName``.
    package var snapshot: String
    /// The version of the larder that made it.
    package var version: String
    /// The migration that its rows are as new as.
    package var schema: String
    /// The snapshot of the same Larder before it, for people; nil: it is the first.
    package var parent: String?
    /// Patterns of the stores in it; nil: all.
    package var stores: [String]?
    /// The site whose stores are in it; nil: those of all.
    package var site: String?
    /// Whether tokens, and the key that signs URLs, are in it.
    package var secrets: Bool
    package var counts: Counts
    /// Bytes that it added to the repository, its manifest not counted.
    package var newBytes: Int64
}

/// What a manifest says of one store.
package struct StoreDigest: Sendable, Hashable, Codable {
    package var site: String
    /// For people: U+FFFD stands for what is no UTF-8.
    package var store: String
    package var entries: Int64
    package var bytes: Int64
    /// SHA-256 over the lines of its entries, versions and logs, in their order.
    package var sha256: String
}
