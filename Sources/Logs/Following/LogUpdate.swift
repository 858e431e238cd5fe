package import EventStreams
package import Index
import LarderModel
import Synchronization

/// What followers of a log are told after a commit. Frames are made once, on first use, and shared by all.
package final class LogUpdate: Sendable {
    package let change: LogChange
    private let madeForRun = Mutex<[EventFrame]?>(nil)
    private let madeForLog = Mutex<[EventFrame]?>(nil)
    private let madeForMany = Mutex<[EventFrame]?>(nil)

    init(_ change: LogChange) { self.change = change }

    /// For who follows the log: one frame for each event, in order.
    /// - Parameter isRun: whether it is followed as a run.
    package func frames(isRun: Bool) -> [EventFrame] {
        let make = { self.change.events.map { EventFrames.event($0, isRun: isRun) } }
        return isRun ? once(madeForRun, make) : once(madeForLog, make)
    }

    /// For who follows many runs: one frame for each event, in order; empty when the log is no run.
    package var wrappedFrames: [EventFrame] {
        once(madeForMany) {
            RunName(change.name.key).map { run in change.events.map { EventFrames.wrapped(run, $0) } } ?? []
        }
    }

    private func once(_ made: borrowing Mutex<[EventFrame]?>, _ make: () -> [EventFrame]) -> [EventFrame] {
        made.withLock { made in
            if let made { return made }
            let frames = make()
            made = frames
            return frames
        }
    }
}
