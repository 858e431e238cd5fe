import BlobStore
import LarderModel
import Snapshots

/// What jobs work on.
struct Workplace: Sendable {
    let blobs: BlobStore
    let repositories: Repositories

    /// What a job ends with that met this. A job waits while the index is away; where that is there, something else
    /// can't be reached, and waiting for the index would not help.
    func settled(_ error: any Error) -> any Error {
        guard let error = error as? LarderError, error.code == .unavailable, blobs.awayReason == nil else {
            return error
        }
        return JobFailure(error: error)
    }
}

/// Ends a job as failed, whatever its code.
struct JobFailure: Error {
    let error: LarderError
}
