import LarderModel
import Synchronization

/// How a bucket has been of late, as requests found it. State of one process.
package final class BucketHealth: Sendable {
    private struct State {
        var trouble: S3Failure?
        var lastAnswer: ContinuousClock.Instant?
    }
    private let state = Mutex(State())

    /// What the last request met that no try helped; nil: the last one was answered.
    package var trouble: S3Failure? { state.withLock { $0.trouble } }

    /// Whether nobody was there the last time.
    package var isAway: Bool { trouble?.mayPass ?? false }

    /// How long ago a request was answered; nil: none ever was.
    package var silence: Duration? { state.withLock { $0.lastAnswer }.map { .now - $0 } }

    func answered() {
        state.withLock {
            $0.trouble = nil
            $0.lastAnswer = .now
        }
    }

    /// That there is no such object, or that it is another one, says nothing of the bucket.
    func failed(_ failure: S3Failure) {
        if failure.status == 404, failure.code != "NoSuchBucket" { return answered() }
        if failure.status == 412 || failure.status == 416 { return answered() }
        state.withLock { $0.trouble = failure }
    }
}
