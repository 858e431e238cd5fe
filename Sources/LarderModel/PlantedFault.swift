#if LARDER_PLANTED_FAULTS
import Glibc

/// Defects on purpose, so that the durability trials can show that they see each of them. They exist only in a build
/// that `Scripts/torture planted` makes in a folder of its own (`Package.swift`, at its end); no other build has a
/// trace of them. The environment variable `LARDER_FAULT` names the one that is active.
package enum PlantedFault: String, Sendable {
    /// Callers hear that their write is durable before its transaction commits.
    case answerBeforeCommit = "answer-before-commit"
    /// A deleted entry goes from memory and stays in the index.
    case deleteWithoutRow = "delete-without-row"
    /// A replaced entry keeps its old content type, under the new ETag.
    case keepOldType = "keep-old-type"
    /// An append with a known Idempotency-Key is made again.
    case forgetIdempotency = "forget-idempotency"
    /// The collector takes files that a put has claimed.
    case collectClaimed = "collect-claimed"
    /// Writing goes on after a failed fsync.
    case ignoreFailedSync = "ignore-failed-sync"
    /// The cache goes on showing an entry after a commit that changed it, at times.
    case staleRead = "stale-read"
    /// A conditional write compares before its transaction begins, and not again in it.
    case earlyCondition = "early-condition"
    /// A read of a log misses the newest event, at times.
    case shortLog = "short-log"

    private static let active: PlantedFault? = getenv("LARDER_FAULT").flatMap {
        PlantedFault(rawValue: String(cString: $0))
    }

    package var isActive: Bool { Self.active == self }
}
#endif
