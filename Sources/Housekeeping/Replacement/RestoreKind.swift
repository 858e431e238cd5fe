import BlobStore
import LarderModel
import Snapshots

extension JobKind {
    /// Sets the server back to a snapshot.
    static let restore = JobKind(
        "restore", title: { "Restore of the snapshot \($0.id)" }, JobRequest.restore,
        read: { try RestoreRequest(reading: $0) })

    /// Removes the state before the last restore.
    static let discardBefore = JobKind(
        "discard-before", title: { (_: DiscardRequest) in "Removal of the state before the restore" },
        JobRequest.discardBefore,
        read: {
            _ = try $0.fields(known: [])
            return DiscardRequest()
        })
}

extension JobRequest {
    package static func restore(_ wanted: RestoreRequest) -> JobRequest {
        JobRequest(
            .restore, wanted, admission: .evenWhilePaused,
            check: { try await RestoreWork.replacement(wanted, $0).check() },
            work: { job, place in RestoreWork(wanted, job, place) })
    }

    package static func discardBefore(_ wanted: DiscardRequest) -> JobRequest {
        JobRequest(.discardBefore, wanted) { _, place in DiscardWork(place) }
    }
}

extension RestoreRequest {
    /// - Throws: `LarderError` `.notJSON`, `.malformedRequest`.
    init(reading order: JobOrder) throws {
        let fields = try order.fields(known: ["id", "to", "replace"])
        guard let id = try fields.string("id"), !id.isEmpty else {
            throw LarderError(.malformedRequest, "id says which snapshot: its ID, or latest.")
        }
        guard try fields.bool("replace") == true else {
            throw LarderError(
                .malformedRequest,
                "replace is true: a server restores into its own place only. Into another folder 'larder backup "
                    + "restore ID --into DIR' does.")
        }
        self.init(id: id, to: try fields.string("to"))
    }
}
