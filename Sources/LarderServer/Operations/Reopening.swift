import BlobStore
import Disk
import ServiceLifecycle
import Synchronization
import UnixSignals

/// What goes from one state of the data directory to the next, while the process serves both, one after the other.
final class Reopening: Sendable {
    private struct State {
        var port: Int?
        var wish = Wish()
        var isAskedToEnd = false
    }
    private let state = Mutex(State())
    private let listened: AsyncStream<Void>
    private let listens: AsyncStream<Void>.Continuation

    init() { (listened, listens) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// The wish that the present state be left, sent at most once.
    final class Wish: Sendable {
        private let sent = Atomic(false)
        fileprivate let stream: AsyncStream<Void>
        private let continuation: AsyncStream<Void>.Continuation

        init() { (stream, continuation) = AsyncStream.makeStream() }

        var isSent: Bool { sent.load(ordering: .acquiring) }

        /// Never blocks.
        func send() {
            sent.store(true, ordering: .releasing)
            finish()
        }
        fileprivate func finish() { continuation.finish() }
    }

    /// The port that was listened at; nil: at none yet.
    var port: Int? {
        get { state.withLock { $0.port } }
        set {
            state.withLock { $0.port = newValue }
            listens.yield()
        }
    }

    /// Whether a signal has asked the process to end.
    var isAskedToEnd: Bool { state.withLock { $0.isAskedToEnd } }

    /// Begins another state.
    func begin() -> Wish {
        state.withLock { state in
            state.wish = Wish()
            return state.wish
        }
    }

    /// Returns once the present state is to be left.
    func untilWanted() async {
        let (wish, isAskedToEnd) = state.withLock { ($0.wish, $0.isAskedToEnd) }
        guard !isAskedToEnd else { return }
        for await _ in wish.stream {}
    }

    /// Hears, from the first listening on, what asks the process to end, also between two states. Before that a signal
    /// ends it by itself.
    func watchSignals() async {
        for await _ in listened { break }
        for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
            state.withLock { state in
                state.isAskedToEnd = true
                state.wish.finish()
            }
        }
    }
}

/// Removes, behind a start, what replaced states of the data directory have left.
struct RemainsService: Service {
    let blobs: BlobStore

    func run() async throws {
        try? await blobs.pool.run { [directory = blobs.directory] in directory.removeRemains() }
        try? await gracefulShutdown()
    }
}
