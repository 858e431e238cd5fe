import Housekeeping
import LarderHTTP
import LarderModel
import NIOCore
import NIOHTTP1
import Synchronization

/// A job's progress as an event stream (WHATWG HTML §9.2): `progress` events with the job as their data, each at most a
/// quarter of a second after the change, then one called `ended`. It also ends, without that, when the server goes down
/// or who asked is let in no longer.
struct JobStream {
    let jobs: JobRunner
    let isAllowed: @Sendable () -> Bool

    private static let pollInterval = Duration.milliseconds(250)
    /// Also what finds a client that has left.
    private static let heartbeatAfter = Duration.seconds(5)

    private struct State {
        var last: JobRecord?
        var next: JobRecord?
        var isOver = false
        var sentAt = ContinuousClock.now
    }

    func answer(_ job: JobRecord) -> Answer {
        let box = StateBox(job)
        let headers: HTTPHeaders = [
            "content-type": "text/event-stream", "cache-control": "no-store, no-transform", "x-accel-buffering": "no",
            "x-content-type-options": "nosniff", "transfer-encoding": "chunked",
        ]
        return Answer(.ok, headers: headers, body: .stream { try await next(job.id, box) })
    }

    private final class StateBox: Sendable {
        let state: Mutex<State>
        init(_ job: JobRecord) { state = Mutex(State(next: job)) }
    }

    private func next(_ id: Int64, _ box: StateBox) async throws -> ByteBuffer? {
        while true {
            let (job, isOver): (JobRecord?, Bool) = box.state.withLock { ($0.next.take(), $0.isOver) }
            if isOver { return nil }
            if let job, let frame = frame(job, box) { return frame }
            if box.state.withLock({ ContinuousClock.now - $0.sentAt >= Self.heartbeatAfter }) {
                box.state.withLock { $0.sentAt = .now }
                return ByteBuffer(string: ": heartbeat\n\n")
            }
            guard jobs.isOpen, isAllowed() else { return nil }
            try await Task.sleep(for: Self.pollInterval)
            let now = try await jobs.job(id)
            box.state.withLock {
                $0.next = now
                // A job of the schedule that had nothing to do is forgotten at once.
                if now == nil { $0.isOver = true }
            }
        }
    }

    /// - Returns: nil when nothing has changed.
    private func frame(_ job: JobRecord, _ box: StateBox) -> ByteBuffer? {
        let isNews = box.state.withLock { state in
            guard state.last != job else { return false }
            state.last = job
            state.isOver = job.state != .running
            state.sentAt = .now
            return true
        }
        guard isNews else { return nil }
        var frame = ByteBuffer(string: "event: \(job.state == .running ? "progress" : "ended")\ndata: ")
        frame.writeBytes(job.json)
        frame.writeString("\n\n")
        return frame
    }
}
