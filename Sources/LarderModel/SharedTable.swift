import Synchronization

/// What somebody holds at the moment and others may share. It keeps nothing alive: who puts something in has it call
/// ``forget(_:)`` when it goes.
package final class SharedTable<Key: Hashable & Sendable, Value: AnyObject & Sendable>: Sendable {
    private struct Slot {
        weak var value: Value?
    }

    private let slots = Mutex<[Key: Slot]>([:])

    package init() {}

    package subscript(key: Key) -> Value? { slots.withLock { $0[key]?.value } }

    /// Puts something in the place of what was there.
    package func share(_ value: Value, as key: Key) { slots.withLock { $0[key] = Slot(value: value) } }

    /// Nobody holds this any more. Another may have taken its place since.
    package func forget(_ key: Key) {
        // Let go of outside of the lock: it may be the last reference, which leads back here.
        _ = slots.withLock { slots in
            let other = slots[key]?.value
            if other == nil { slots[key] = nil }
            return other
        }
    }

    /// How many there are.
    package var count: Int { slots.withLock { $0.count } }
}
