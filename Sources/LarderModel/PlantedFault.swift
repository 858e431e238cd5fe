#if LARDER_PLANTED_FAULTS
import Glibc
#endif

/// Defects on purpose, so that the durability trials can show that they see each of them.
///
/// They come to life only in a build that `Scripts/torture planted` makes in a folder of its own (`Package.swift`, at
/// its end), where the environment variable `LARDER_FAULT` names the one that is active. In every other build
/// ``strikes(_:)`` is the constant false, and the compiler drops what stands behind it.
package enum PlantedFault: Sendable, Hashable {
    /// Callers hear that their write is durable before its transaction commits.
    case answerBeforeCommit
    /// A deleted entry goes from memory and stays in the index.
    case deleteWithoutRow
    /// A replaced entry keeps its old content type, under the new ETag.
    case keepOldType
    /// An append with a known Idempotency-Key is made again.
    case forgetIdempotency
    /// The collector takes files that a put has claimed.
    case collectClaimed
    /// Writing goes on after a failed fsync.
    case ignoreFailedSync
    /// The cache goes on showing an entry after a commit that changed it, at times.
    case staleRead
    /// A conditional write compares before its transaction begins, and not again in it.
    case earlyCondition
    /// A read of a log misses the newest event, at times.
    case shortLog
    /// A node answers from memory what another node may have changed.
    case staleCache
    /// A batch whose COMMIT was not answered is made again, whatever became of it.
    case repeatBatch
    /// Two nodes may change a row beside each other, each by what it was before.
    case twoWinners
    /// The collector takes what no row names however young it is: another node's upload.
    case collectYoung
    /// Followers hear nothing of what other nodes commit, by news or by looking.
    case lostNews

    #if LARDER_PLANTED_FAULTS
    private static let named: [String: PlantedFault] = [
        "answer-before-commit": .answerBeforeCommit,
        "delete-without-row": .deleteWithoutRow,
        "keep-old-type": .keepOldType,
        "forget-idempotency": .forgetIdempotency,
        "collect-claimed": .collectClaimed,
        "ignore-failed-sync": .ignoreFailedSync,
        "stale-read": .staleRead,
        "early-condition": .earlyCondition,
        "short-log": .shortLog,
        "stale-cache": .staleCache,
        "repeat-batch": .repeatBatch,
        "two-winners": .twoWinners,
        "collect-young": .collectYoung,
        "lost-news": .lostNews,
    ]
    private static let active = getenv("LARDER_FAULT").flatMap { named[String(cString: $0)] }

    /// Whether this defect is to show now.
    package static func strikes(_ fault: PlantedFault) -> Bool { active == fault }
    #else
    /// Whether this defect is to show now: never.
    @inlinable package static func strikes(_ fault: PlantedFault) -> Bool { false }
    #endif
}
