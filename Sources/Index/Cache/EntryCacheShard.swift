import LarderModel
import Synchronization

/// A part of the cache with a lock of its own; which one a name belongs to, its key says.
final class EntryCacheShard: Sendable {
    private struct State {
        var entries: ClockTable<EntryName, CachedEntry>
        /// Names between «about to be committed» and «committed», with how many changes of each are under way.
        var closed: [EntryName: Int] = [:]
        /// Stores that are being renamed or removed.
        var closedStores = 0
        /// Counts changes of any name of the shard: a fill that raced with one is dropped, which costs one more read
        /// and nothing else.
        var version: UInt64 = 0
    }
    private let state: Mutex<State>

    init(maxBytes: Int) { state = Mutex(State(entries: ClockTable(costMax: maxBytes))) }

    func entry(_ name: EntryName) -> CachedEntry? { state.withLock { $0.entries.value(name) } }

    func ticket(_ name: EntryName) -> EntryCache.Ticket? {
        state.withLock {
            $0.closed[name] == nil && $0.closedStores == 0 ? EntryCache.Ticket(version: $0.version) : nil
        }
    }

    func fill(_ name: EntryName, _ entry: CachedEntry, _ ticket: EntryCache.Ticket) {
        state.withLock { state in
            guard state.version == ticket.version, state.closed[name] == nil, state.closedStores == 0 else { return }
            state.entries.insert(name, entry, cost: entry.cost)
        }
    }

    func close(_ name: EntryName) {
        state.withLock { state in
            // What the cache has stays in it, before and after the commit.
            if PlantedFault.strikes(.staleRead), state.entries.contains(name), state.version % 5 == 0 {
                return state.version += 1
            }
            state.entries.remove(name)
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
            if left == 0, let entry { state.entries.insert(name, entry, cost: entry.cost) }
        }
    }

    func close(_ site: SiteID, _ store: StoreName) {
        state.withLock { state in
            for name in state.entries.keys where name.store == store && name.site == site {
                state.entries.remove(name)
            }
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
}
