package import LarderModel

/// Recently used entries, coherent with the index because one process owns the directory and one writer feeds both.
///
/// The rule that keeps it linearizable: before a commit, every name it changes leaves the cache and is closed to it;
/// readers go to SQLite, which shows the old state or the new, never the old after the new. After the commit the new
/// entry goes in and the name is open again. A reader that wants to put in what it read takes a ticket first; a change
/// of the name in between makes the ticket worthless.
///
/// Bounded by bytes. Where other nodes write, too, nothing is kept here (``ContentCache``).
package final class EntryCache: Sendable {
    /// Bytes of entries that may be kept, by an estimate of 600 bytes an entry beside key, metadata and content.
    package static let maxBytesDefault = 64 << 20
    private static let shardCount = 16

    private let shards: [EntryCacheShard]
    private let availability: Availability

    /// - Parameter availability: of the index: while that is away, nothing is given out.
    package init(maxBytes: Int = maxBytesDefault, availability: Availability = Availability()) {
        self.availability = availability
        shards = (0..<Self.shardCount).map { _ in EntryCacheShard(maxBytes: maxBytes / Self.shardCount) }
    }

    private func shard(_ name: EntryName) -> EntryCacheShard {
        // The last bytes of keys differ most; any spread will do.
        shards[(name.key.bytes.suffix(4).reduce(name.key.bytes.count) { $0 &* 31 &+ Int($1) } & .max) % Self.shardCount]
    }

    package func entry(_ name: EntryName) -> CachedEntry? { availability.isAway ? nil : shard(name).entry(name) }

    /// What a reader takes before it reads the index; nil when the name is being changed.
    package struct Ticket: Sendable {
        let version: UInt64
    }

    package func ticket(_ name: EntryName) -> Ticket? { shard(name).ticket(name) }
    package func fill(_ name: EntryName, _ entry: CachedEntry, _ ticket: Ticket) {
        shard(name).fill(name, entry, ticket)
    }

    // The writer's side.
    func close(_ name: EntryName) { shard(name).close(name) }
    func reopen(_ name: EntryName, with entry: CachedEntry?) { shard(name).reopen(name, with: entry) }
    /// All entries of a store leave; until it is reopened nothing comes in. Looks at all that is kept.
    func close(_ site: SiteID, _ store: StoreName) { for shard in shards { shard.close(site, store) } }
    func reopenStore() { for shard in shards { shard.reopenStore() } }
}
