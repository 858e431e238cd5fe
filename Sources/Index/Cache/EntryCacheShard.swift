import LarderModel
import Synchronization

/// A part of the cache with a lock of its own; which one a name belongs to, its key says.
final class EntryCacheShard: Sendable {
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
        /// Stores that are being renamed or removed.
        var closedStores = 0
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
        state.withLock {
            $0.closed[name] == nil && $0.closedStores == 0 ? EntryCache.Ticket(version: $0.version) : nil
        }
    }

    func fill(_ name: EntryName, _ entry: CachedEntry, _ ticket: EntryCache.Ticket) {
        state.withLock { state in
            guard state.version == ticket.version, state.closed[name] == nil, state.closedStores == 0 else { return }
            insert(name, entry, &state)
        }
    }

    func close(_ name: EntryName) {
        state.withLock { state in
            // What the cache has stays in it, before and after the commit.
            if PlantedFault.strikes(.staleRead), state.places[name] != nil, state.version % 5 == 0 {
                return state.version += 1
            }
            remove(name, &state)
            state.closed[name, default: 0] += 1
            state.version += 1
        }
    }

    func reopen(_ name: EntryName, with entry: CachedEntry?) {
        state.withLock { state in
            if PlantedFault.strikes(.staleRead), state.closed[name] == nil { return state.version += 1 }
            let left = state.closed[name, default: 1] - 1
            state.closed[name] = left == 0 ? nil : left
            state.version += 1
            if left == 0, let entry { insert(name, entry, &state) }
        }
    }

    func close(_ site: SiteID, _ store: StoreName) {
        state.withLock { state in
            for name in state.places.keys where name.store == store && name.site == site { remove(name, &state) }
            state.closedStores += 1
            state.version += 1
        }
    }

    func reopenStore() {
        state.withLock { state in
            state.closedStores -= 1
            state.version += 1
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
