import BlobStore
package import Index
package import LarderModel

/// What is taken out of logs, and what is said of them.
extension LogService {
    /// Events that one transaction of a longer forgetting looks at: others get their turn in between.
    private static let forgetStep = 2_000

    /// Forgets events of a log: they leave a hole in its numbers. In steps that let other writes in between; not atomic
    /// as a whole.
    /// - Returns: how many went; nil: there is no such log.
    /// - Throws: `LarderError` `.notALog`, `.readOnly`.
    package func forget(_ which: IndexTransaction.Forgotten, of name: EntryName) async throws -> Int? {
        let rule = try logRule(name)
        let bounds = LogBounds(rule), shape = Self.shape(rule)
        var after: Int64 = 0, count = 0
        while true {
            let from = after
            let step = try await blobs.change(.evenWhenFull) {
                try $0.forget(which, of: name, bounds, shape, after: from, limit: Self.forgetStep)
            }
            guard let step else { return count > 0 ? count : nil }
            count += step.count
            guard let next = step.next else { return count }
            after = next
        }
    }

    /// Changes a log's metadata with a merge patch (RFC 7396); makes the log's head where there is none.
    /// - Returns: the log as an entry.
    /// - Throws: `LarderError` `.notALog`, `.notJSON`, `.invalidMetadata`, `.preconditionFailed`, `.diskFull`,
    ///   `.readOnly`.
    package func update(_ name: EntryName, metadata patch: [UInt8], conditions: Preconditions) async throws -> Entry {
        let shape = Self.shape(try logRule(name)), depth = blobs.jsonDepth
        guard patch.count <= Metadata.logMaxBytes else {
            throw LarderError(
                .invalidMetadata,
                "A log's metadata is at most \(Metadata.logMaxBytes) bytes of JSON; this patch has \(patch.count).")
        }
        return try await blobs.change { transaction in
            try transaction.setMetadata(of: name, shape, conditions: conditions) { old in
                let merged = try MergePatch.apply(patch, to: old.object, maxDepth: depth)
                return try Metadata(json: merged, maxDepth: depth, maxBytes: Metadata.logMaxBytes)
            }
        }
    }

    /// Removes the logs whose keys are a path or lie below it, whole segments of it, and no other entry. In steps that
    /// let other writes in between; not atomic as a whole.
    /// - Parameter path: empty: all logs of the store.
    /// - Returns: how many went.
    package func deleteLogs(below path: [UInt8], of store: StoreName, in site: SiteID) async throws -> Int {
        let slash = UInt8(ascii: "/")
        let isOpen = path.isEmpty || path.last == slash
        var deleted = isOpen ? 0 : try await deleteLog(path, of: store, in: site)
        let prefix = isOpen ? path : path + [slash]
        var after: [UInt8]?
        while true {
            let query = LogListQuery(prefix: prefix, order: .key(after: after), limit: BlobStore.deleteStep)
            let page = try await logs(of: store, in: site, query)
            let keys = page.logs.map(\.head.key)
            deleted += try await blobs.change(.evenWhenFull) { transaction in
                try keys.reduce(0) { sum, key in
                    let name = EntryName(site: site, store: store, key: key)
                    guard try transaction.reader.entry(name)?.placement == .log else { return sum }
                    return sum + (try transaction.delete(name) ? 1 : 0)
                }
            }
            guard let next = page.next else { return deleted }
            after = next.key.bytes
        }
    }

    private func deleteLog(_ key: [UInt8], of store: StoreName, in site: SiteID) async throws -> Int {
        guard let key = try? EntryKey(bytes: key) else { return 0 }
        let name = EntryName(site: site, store: store, key: key)
        return try await blobs.change(.evenWhenFull) { transaction in
            guard try transaction.reader.entry(name)?.placement == .log else { return 0 }
            return try transaction.delete(name) ? 1 : 0
        }
    }
}
