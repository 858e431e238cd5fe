import Index
package import LarderModel

extension BlobStore {
    /// Entries removed in one transaction of a longer removal: others get their turn in between.
    package static let deleteStep = 200

    /// - Returns: whether there was such an entry.
    /// - Throws: `LarderError` `.preconditionFailed`, `.readOnly`.
    package func delete(_ name: EntryName, conditions: Preconditions = .none) async throws -> Bool {
        try await change(.evenWhenFull) { try $0.delete(name, conditions) }
    }

    /// Removes entries whose keys start with a prefix, in steps that let other writes in between; not atomic as a
    /// whole.
    /// - Parameter limit: at most this many; nil: all there are.
    package func deletePrefix(
        _ prefix: [UInt8], of store: StoreName, in site: SiteID, limit: Int? = nil
    ) async throws -> (deleted: Int, hasMore: Bool) {
        var deleted = 0
        while true {
            let step = min(Self.deleteStep, limit.map { $0 - deleted } ?? Self.deleteStep)
            let result = try await change(.evenWhenFull) {
                try $0.deletePrefix(prefix, of: store, in: site, limit: step)
            }
            deleted += result.deleted
            if !result.hasMore { return (deleted, false) }
            if let limit, deleted >= limit { return (deleted, true) }
        }
    }
}
