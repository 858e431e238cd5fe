import BlobStore
import LarderModel
import Logs

/// Entries of either kind: blobs, and logs shown as arrays.
struct EntryStore: Sendable {
    let blobs: BlobStore
    let logs: LogService

    /// The entry with its content; nil when there is none.
    /// - Parameters:
    ///   - store: what has the name, where it may go by another one meanwhile.
    ///   - isEnough: asked before a long log is read: whether the entry alone will do.
    func content(
        _ name: EntryName, of store: StoreHandle? = nil, unless isEnough: (Entry) -> Bool
    ) async throws -> EntryContent? {
        if logs.rule(name) != nil, let log = try await logs.content(name, unless: isEnough) { return log }
        // Also what was written before a policy called its key a log.
        return try await blobs.content(name, store: store?.id)
    }
}
