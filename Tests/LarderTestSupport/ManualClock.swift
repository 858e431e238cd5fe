package import LarderModel
import Synchronization

/// A clock that moves when it is told to.
package final class ManualClock: Sendable {
    private let time: Mutex<Timestamp>

    package init(_ start: Timestamp = Timestamp(milliseconds: 1_750_000_000_000)) { time = Mutex(start) }

    package var clock: WallClock { WallClock { self.now } }
    package var now: Timestamp { time.withLock { $0 } }
    package func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}
