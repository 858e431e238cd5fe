/// Values by their keys, bounded by what they cost: the one not used for longest (by the CLOCK approximation) goes
/// first.
struct ClockTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Slot {
        var key: Key
        var value: Value
        var cost: Int
        var wasUsed = false
    }

    private var places: [Key: Int] = [:]
    private var slots: [Slot?] = []
    private var free: [Int] = []
    private var hand = 0
    private var cost = 0
    private let costMax: Int

    init(costMax: Int) { self.costMax = costMax }

    var keys: some Collection<Key> { places.keys }
    func contains(_ key: Key) -> Bool { places[key] != nil }

    /// Counts as a use.
    mutating func value(_ key: Key) -> Value? {
        guard let place = places[key] else { return nil }
        slots[place]?.wasUsed = true
        return slots[place]?.value
    }

    mutating func remove(_ key: Key) {
        guard let place = places.removeValue(forKey: key), let slot = slots[place] else { return }
        cost -= slot.cost
        slots[place] = nil
        free.append(place)
    }

    /// What costs more than a quarter of the bound is not kept.
    mutating func insert(_ key: Key, _ value: Value, cost: Int) {
        remove(key)
        guard cost <= costMax / 4 else { return }
        while self.cost + cost > costMax { evictOne() }
        let slot = Slot(key: key, value: value, cost: cost)
        if let place = free.popLast() {
            slots[place] = slot
            places[key] = place
        } else {
            places[key] = slots.count
            slots.append(slot)
        }
        self.cost += cost
    }

    /// Ends: each turn of the hand clears a mark or removes a value, and there is one, for the cost is above zero.
    private mutating func evictOne() {
        while true {
            hand = (hand + 1) % slots.count
            guard let slot = slots[hand] else { continue }
            if slot.wasUsed {
                slots[hand]?.wasUsed = false
            } else {
                return remove(slot.key)
            }
        }
    }
}
