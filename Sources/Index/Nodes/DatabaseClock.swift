import LarderModel
import Synchronization

/// The clock that what is kept goes by: this machine's, set right by the database's where several nodes go by that.
final class DatabaseClock: Sendable {
    /// Milliseconds that the database's is ahead.
    private let ahead = Atomic<Int64>(0)
    private let base: WallClock

    init(_ base: WallClock) { self.base = base }

    /// Reads it.
    var wall: WallClock {
        WallClock { [self] in
            Timestamp(milliseconds: base.now().milliseconds + ahead.load(ordering: .relaxed))
        }
    }

    /// Less is not told from the way there and back.
    private static let grainMilliseconds: Int64 = 10

    /// Sets it by the engine's, where both differ by more than ``grainMilliseconds``.
    func set(by session: any SQLSession) throws {
        let before = WallClock.system.now().milliseconds
        guard let there = try session.time() else { return }
        let after = WallClock.system.now().milliseconds
        let difference = there.milliseconds - (before + after) / 2
        ahead.store(abs(difference) > Self.grainMilliseconds + (after - before) ? difference : 0, ordering: .relaxed)
    }
}
