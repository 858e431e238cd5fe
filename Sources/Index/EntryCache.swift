import LarderModel
import NIOCore
import Synchronization

/// An entry as it is kept in memory: what the index says, and the content as stored where that is small.
package final class CachedEntry: Sendable {
    package let entry: Entry
    /// The stored form (see `entry.encoding`), checked against the digest; nil for content in files and for logs.
    package let content: ByteBuffer?

    package init(_ entry: Entry, content: ByteBuffer?) {
        self.entry = entry
        self.content = content
    }

    var cost: Int { 600 + entry.key.bytes.count + entry.metadata.json.count + (content?.readableBytes ?? 0) }
}

/// Recently used entries, coherent with the index because one process owns the directory and one writer feeds both.
///
/// The rule that keeps it linearizable: before a commit, every name it changes leaves the cache and is closed to it;
/// readers go to SQLite, which shows the old state or the new, never the old after the new. After the commit the new
/// entry goes in and the name is open again. A reader that wants to put in what it read takes a ticket first; a change
/// of the name in between makes the ticket worthless.
///
/// Bounded by bytes; the entry not used for longest (by the CLOCK approximation) goes first.
package final class EntryCache: Sendable {
    /// Bytes of entries that may be kept, by an estimate of 600 bytes an entry beside key, metadata and content.
    package static let maxBytesDefault = 64 << 20
    private static let shardCount = 16

    private let shards: [Shard]

    package init(maxBytes: Int = maxBytesDefault) {
        shards = (0..<Self.shardCount).map { _ in Shard(maxBytes: maxBytes / Self.shardCount) }
    }

    private func shard(_ name: EntryName) -> Shard {
        // The last bytes of keys differ most; any spread will do.
        shards[(name.key.bytes.suffix(4).reduce(name.key.bytes.count) { $0 &* 31 &+ Int($1) } & .max) % Self.shardCount]
    }

    package func entry(_ name: EntryName) -> CachedEntry? { shard(name).entry(name) }

    /// What a reader takes before it reads the index; nil when the name is being changed.
    package struct Ticket: Sendable {
        fileprivate let version: UInt64
    }

    package func ticket(_ name: EntryName) -> Ticket? { shard(name).ticket(name) }
    package func fill(_ name: EntryName, _ entry: CachedEntry, _ ticket: Ticket) {
        shard(name).fill(name, entry, ticket)
    }

    // The writer's side.
    func close(_ name: EntryName) { shard(name).close(name) }
    func reopen(_ name: EntryName, with entry: CachedEntry?) { shard(name).reopen(name, with: entry) }
}

private final class Shard: Sendable {
    private struct Slot {
        var name: EntryName
        var entry: CachedEntry
        var wasUsed: Bool
    }
    private struct State {
        var places: [EntryName: Int] = [:]
        var slots: [Slot?] = []
        var free: [Int] = []
        var hand = 0
        var bytes = 0
        /// Names between «about to be committed» and «committed», with how many changes of each are under way.
        var closed: [EntryName: Int] = [:]
        /// Counts changes of any name of the shard: a fill that raced with one is dropped, which costs one more read
        /// and nothing else.
        var version: UInt64 = 0
    }
    private let state = Mutex(State())
    private let maxBytes: Int

    init(maxBytes: Int) { self.maxBytes = maxBytes }

    func entry(_ name: EntryName) -> CachedEntry? {
        state.withLock { state in
            guard let place = state.places[name] else { return nil }
            state.slots[place]?.wasUsed = true
            return state.slots[place]?.entry
        }
    }

    func ticket(_ name: EntryName) -> EntryCache.Ticket? {
        state.withLock { $0.closed[name] == nil ? EntryCache.Ticket(version: $0.version) : nil }
    }

    func fill(_ name: EntryName, _ entry: CachedEntry, _ ticket: EntryCache.Ticket) {
        state.withLock { state in
            guard state.version == ticket.version, state.closed[name] == nil else { return }
            insert(name, entry, &state)
        }
    }

    func close(_ name: EntryName) {
        state.withLock { state in
            #if LARDER_PLANTED_FAULTS
            // What the cache has stays in it, before and after the commit.
            if PlantedFault.staleRead.isActive, state.places[name] != nil, state.version % 5 == 0 {
                return state.version += 1
            }
            #endif
            remove(name, &state)
            state.closed[name, default: 0] += 1
            state.version += 1
        }
    }

    func reopen(_ name: EntryName, with entry: CachedEntry?) {
        state.withLock { state in
            #if LARDER_PLANTED_FAULTS
            if PlantedFault.staleRead.isActive, state.closed[name] == nil { return state.version += 1 }
            #endif
            let left = state.closed[name, default: 1] - 1
            state.closed[name] = left == 0 ? nil : left
            state.version += 1
            if left == 0, let entry { insert(name, entry, &state) }
        }
    }

    private func remove(_ name: EntryName, _ state: inout State) {
        guard let place = state.places.removeValue(forKey: name), let slot = state.slots[place] else { return }
        state.bytes -= slot.entry.cost
        state.slots[place] = nil
        state.free.append(place)
    }

    private func insert(_ name: EntryName, _ entry: CachedEntry, _ state: inout State) {
        remove(name, &state)
        guard entry.cost <= maxBytes / 4 else { return }
        while state.bytes + entry.cost > maxBytes { evictOne(&state) }
        let slot = Slot(name: name, entry: entry, wasUsed: false)
        if let place = state.free.popLast() {
            state.slots[place] = slot
            state.places[name] = place
        } else {
            state.places[name] = state.slots.count
            state.slots.append(slot)
        }
        state.bytes += entry.cost
    }

    /// Ends: each turn of the hand clears a mark or removes an entry, and there is one, for the bytes are above zero.
    private func evictOne(_ state: inout State) {
        while true {
            state.hand = (state.hand + 1) % state.slots.count
            guard let slot = state.slots[state.hand] else { continue }
            if slot.wasUsed {
                state.slots[state.hand]?.wasUsed = false
            } else {
                remove(slot.name, &state)
                return
            }
        }
    }
}
