import LarderModel
import Synchronization

/// How far a replacement is, as a job says it: contents first, then rows.
final class ReplacementProgress: Sendable {
    private let state = Mutex(State())
    private let report: @Sendable (JobProgress) -> Void

    private struct State {
        var objects: Int64 = 0, rows: Int64 = 0, bytes: Int64 = 0
    }

    init(_ report: @escaping @Sendable (JobProgress) -> Void) { self.report = report }

    /// Contents, and all rows.
    var objects: Int64 {
        get { state.withLock { $0.objects } }
        set { state.withLock { $0.objects = newValue } }
    }
    var rows: Int64 {
        get { state.withLock { $0.rows } }
        set { state.withLock { $0.rows = newValue } }
    }

    func take(_ progress: RestoreProgress) {
        let now = state.withLock { state in
            state.bytes = max(state.bytes, progress.bytes)
            let done =
                switch progress.phase {
                case .reading: Int64(0)
                case .content: progress.done
                case .rows, .comparing: state.objects + progress.done
                }
            return JobProgress(done: done, total: state.rows, bytes: state.bytes)
        }
        report(now)
    }
}
