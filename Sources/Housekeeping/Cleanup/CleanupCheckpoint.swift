import Foundation
import Index
import LarderModel

/// Where a cleanup is: first through what has expired, then store by store through what is old, at last store by store
/// through versions that are past their time.
struct CleanupCheckpoint: Sendable, Codable {
    enum Phase: String, Sendable, Codable { case expired, aged, versions, done }

    var phase = Phase.expired
    /// The store being gone through, by its number; behind `done` ones.
    var store: Int64 = 0
    /// The last entry looked at.
    var positionMilliseconds = Int64.min
    var positionStore: Int64 = 0
    var positionKey = Data()
    /// The last version looked at; nil: none yet.
    var positionVersion: Int64?
    var tally: CleanupTally
    var done: Int64 = 0
    var total: Int64 = 0

    init(_ request: CleanupRequest) { tally = CleanupTally(namesKeys: request.keys, hasExamples: request.dryRun) }

    var position: TimePosition {
        get {
            TimePosition(
                time: Timestamp(milliseconds: positionMilliseconds), store: positionStore, key: Array(positionKey))
        }
        set {
            positionMilliseconds = newValue.time.milliseconds
            positionStore = newValue.store
            positionKey = Data(newValue.key)
        }
    }
}
