import BlobStore
import Snapshots

/// What jobs work on.
struct Workplace: Sendable {
    let blobs: BlobStore
    let repositories: Repositories
}
