import BlobStore
import Disk
import LarderModel

/// Removes the state before the last restore. After a restart of the server what is left of it goes by itself.
struct DiscardWork: JobWork {
    private let place: Workplace
    private var outcome = Outcome()
    let progress = JobProgress()

    /// What came of it; the JSON result.
    struct Outcome: Codable {
        /// The folder that is gone; nil: there was none.
        var removed: String?
        /// Bytes of its files. What the present state has as well stays.
        var bytes: Int64 = 0
    }

    init(_ place: Workplace) { self.place = place }

    var checkpoint: [UInt8] { [] }
    var result: [UInt8] { get throws { try JobJSON.encode(outcome) } }
    var isNoteworthy: Bool { true }

    mutating func step(_ job: JobNumber) async throws -> JobStep {
        let directory = place.blobs.directory
        if let note = try await place.blobs.pool.run({ try directory.discardBefore() }) {
            outcome = Outcome(removed: note.before, bytes: note.bytes)
        }
        return .done
    }
}
