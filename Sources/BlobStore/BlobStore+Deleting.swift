import Index
package import LarderModel

extension BlobStore {
    /// Entries removed in one transaction of a longer removal: others get their turn in between.
    package static let deleteStep = 200

    /// - Parameter number: what the store must still have; nil: whichever store has the name.
    /// - Returns: whether there was such an entry.
    /// - Throws: `LarderError` `.preconditionFailed`, `.readOnly`; `.unavailable` when the store has another number.
    package func delete(_ name: EntryName, conditions: Preconditions = .none, store number: Int64? = nil) async throws
        -> Bool
    {
        try await change(.evenWhenFull, foreseeing: [Foresight(name)]) {
            try $0.delete(name, conditions, store: number)
        }
    }

    /// Removes entries by their names, in steps that let other writes in between. One that is not there is no failure.
    /// - Parameter number: as ``delete(_:conditions:store:)``.
    package func delete(_ names: [EntryName], store number: Int64?) async throws {
        for start in stride(from: 0, to: names.count, by: Self.deleteStep) {
            let some = names[start..<min(start + Self.deleteStep, names.count)]
            try await change(.evenWhenFull, foreseeing: some.map { Foresight($0) }) { transaction in
                for name in some { _ = try transaction.delete(name, store: number) }
            }
        }
    }

    /// Removes entries whose keys start with a prefix, in steps that let other writes in between; not atomic as a
    /// whole.
    /// - Parameters:
    ///   - limit: at most this many; nil: all there are.
    ///   - keepsVersions: whether what goes may stay as versions, where its rule says so.
    package func deletePrefix(
        _ prefix: [UInt8], of store: StoreName, in site: SiteID, limit: Int? = nil, keepsVersions: Bool = true
    ) async throws -> (deleted: Int, hasMore: Bool) {
        var deleted = 0
        while true {
            let step = min(Self.deleteStep, limit.map { $0 - deleted } ?? Self.deleteStep)
            let result = try await change(.evenWhenFull) {
                try $0.deletePrefix(prefix, of: store, in: site, limit: step, keepsVersions: keepsVersions)
            }
            deleted += result.deleted
            if !result.hasMore { return (deleted, false) }
            if let limit, deleted >= limit { return (deleted, true) }
        }
    }
}
