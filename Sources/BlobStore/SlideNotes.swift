import LarderModel
import Synchronization

/// Reads that put an end off and are not in the index yet. State of this process: a crash loses those of the last
/// second, and such an entry ends as if it had not been read then.
final class SlideNotes: Sendable {
    /// Entries that wait; with more of them they are written at once.
    static let waitingMax = 10_000

    private let waiting = Mutex<[EntryName: Timestamp]>([:])
    /// Yields when there is something to write.
    let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation

    init() { (arrivals, arrived) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// - Returns: whether there are so many that they are to be written at once.
    func add(_ name: EntryName, readAt now: Timestamp) -> Bool {
        let count = waiting.withLock { waiting in
            waiting[name] = now
            return waiting.count
        }
        if count == 1 { arrived.yield() }
        return count >= Self.waitingMax
    }

    func isWaiting(_ name: EntryName) -> Bool { waiting.withLock { $0[name] != nil } }

    func take() -> [EntryName: Timestamp] {
        waiting.withLock { waiting in
            let all = waiting
            waiting = [:]
            return all
        }
    }
}
