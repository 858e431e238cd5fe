package import Index
package import LarderModel

/// Takes part in writes of entries and has to know what entries hold. Inside their transactions it reads rows only, for
/// all other writes wait meanwhile: contents it reads before.
package protocol PreparingWatcher: EntryWatcher {
    /// Reads what this write needs. Asked before each attempt at its transaction, for entries that it
    /// ``concerns(_:)``.
    /// - Parameter content: what is about to be written, with its entry as that will be but for its times.
    /// - Returns: what ``entryChanged(_:to:in:)`` finds again by ``IndexTransaction/preparation(_:)``.
    func prepare(_ request: WriteRequest, _ content: EntryContent, in blobs: BlobStore) async throws -> any Sendable
}

/// A watcher has to know what these entries hold, and has not read it: they were written since it prepared. Thrown in
/// a transaction, it undoes the change, which is then prepared again.
package struct UnreadContent: Error {
    package let entries: [Entry]

    package init(_ entries: [Entry]) { self.entries = entries }
}

extension IndexTransaction {
    /// What a watcher has read for this change; nil: nothing.
    package func preparation<P: Sendable>(_ type: P.Type) -> P? {
        for case let found as P in preparations { return found }
        return nil
    }
}
