import Index
package import LarderModel
import Objects

/// What keeps the index or the objects, and how it is.
package struct EngineState: Sendable {
    /// What it is, in a word: `sqlite`, `postgres`, `disk`, `s3`.
    package let kind: String
    /// Why it can't do its work at this moment; nil: it can, as far as is known.
    package let trouble: LarderError?
    /// How long its answers take; nil: it is on this machine, and nothing is waited for but the disk.
    package let answerSeconds: Histogram?
}

extension BlobStore {
    package var indexState: EngineState {
        EngineState(
            kind: index.engineKind, trouble: awayReason, answerSeconds: index.engineStatistics?.answerSeconds)
    }

    package var objectState: EngineState {
        EngineState(
            kind: objects.backend.kind, trouble: objectTrouble,
            answerSeconds: objects.backend.statistics?.requestSeconds)
    }

    /// How often an index behind a network could not be reached; nil: it is on this machine.
    package var indexOutages: Int64? { index.engineStatistics?.outages.value }

    /// What requests to a backend behind a network came to; nil: it is on this machine.
    package var objectMeasures: ObjectMeasures? {
        objects.backend.statistics.map {
            ObjectMeasures(
                requests: $0.requests.value, retries: $0.retries.value, failures: $0.failures.value,
                requestSeconds: $0.requestSeconds)
        }
    }
}
