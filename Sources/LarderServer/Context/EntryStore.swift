import BlobStore
import LarderModel
import Logs

/// Entries of either kind: blobs, and logs shown as arrays.
struct EntryStore: Sendable {
    let blobs: BlobStore
    let logs: LogService

    /// The entry with its content; nil when there is none.
    func content(_ name: EntryName) async throws -> EntryContent? {
        if logs.rule(name) != nil, let log = try await logs.content(name) { return log }
        // Also what was written before a policy called its key a log.
        return try await blobs.content(name)
    }
}
