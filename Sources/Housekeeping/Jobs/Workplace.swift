package import BlobStore
import LarderModel
import Snapshots

/// What jobs work on.
struct Workplace: Sendable {
    let blobs: BlobStore
    let repositories: Repositories
    /// How the server is set back to a snapshot; nil: nobody serves.
    var replacing: Replacing?

    /// What a job ends with that met this. A job waits while the index is away; where that is there, something else
    /// can't be reached, and waiting for the index would not help.
    func settled(_ error: any Error) -> any Error {
        guard let error = error as? LarderError, error.code == .unavailable, blobs.awayReason == nil else {
            return error
        }
        return JobFailure(error: error)
    }
}

/// What it takes to set a server back to a snapshot.
package struct Replacing: Sendable {
    /// The engines of a data directory.
    let local: Engines
    /// Looks whether policies in a folder could be served with. Blocks.
    let checkPolicies: @Sendable (String) throws -> Void
    /// Has the server end what is under way and open its data directory anew. Never blocks.
    let reopen: @Sendable () -> Void

    package init(
        local: Engines, checkPolicies: @escaping @Sendable (String) throws -> Void,
        reopen: @escaping @Sendable () -> Void
    ) {
        self.local = local
        self.checkPolicies = checkPolicies
        self.reopen = reopen
    }
}

/// Ends a job as failed, whatever its code.
struct JobFailure: Error {
    let error: LarderError
}
