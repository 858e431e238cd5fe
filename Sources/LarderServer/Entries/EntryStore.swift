import BlobStore
import LarderModel
import ProgressLog

/// Entries of either kind: blobs, and logs shown as arrays.
struct EntryStore: Sendable {
    let blobs: BlobStore
    let logs: LogService

    /// The entry with its content; nil when there is none.
    func content(_ name: EntryName) async throws -> EntryContent? {
        logs.rule(name) == nil ? try await blobs.content(name) : try await logs.content(name)
    }
}
