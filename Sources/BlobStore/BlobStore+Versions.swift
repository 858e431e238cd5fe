package import Index
package import LarderModel
import NIOCore
import Objects

/// What writes and deletions replaced, where a rule keeps it.
extension BlobStore {
    /// Versions of an entry that are not past their time, newest first.
    /// - Parameter id: those before this one; nil: from the newest on.
    package func versions(of name: EntryName, before id: Int64?, limit: Int) async throws -> [EntryVersion] {
        let cutoff = versionCutoff(name)
        return try await index.read { try $0.versions(of: name, before: id, since: cutoff, limit: limit) }
    }

    /// The newest version of an entry with this ETag, with a way to its content; nil when there is none.
    /// - Throws: `LarderError` `.corruptEntry` when the content is damaged: nothing of it is given out.
    package func version(of name: EntryName, _ etag: ETag) async throws -> EntryContent? {
        let cutoff = versionCutoff(name)
        let found = try await index.read { reader -> (Entry, ByteBuffer?)? in
            guard let entry = try reader.version(of: name, etag, since: cutoff)?.entry else { return nil }
            guard entry.placement == .inline else { return (entry, nil) }
            return (entry, ByteBuffer(bytes: try Self.verifiedInline(entry, reader).stored))
        }
        guard let (entry, stored) = found else { return nil }
        if let stored { return EntryContent(entry, stored: stored) }
        if objects.givesPlaces { return EntryContent(entry, try await openPlaced(entry)) }
        let locator = ObjectLocator(entry.digest, entry.encoding)
        return EntryContent(entry, try await objects.open(locator, size: entry.size))
    }

    /// Makes a version the current content again, with its type and metadata: a write like others.
    /// - Throws: `LarderError` `.notFound` when there is no such version, `.preconditionFailed`, `.diskFull`,
    ///   `.readOnly`; `.conflict` for a log.
    package func restore(_ name: EntryName, _ etag: ETag, conditions: Preconditions) async throws -> WriteResult {
        guard let (entry, staged) = try await keptVersion(name, etag) else { throw Self.noVersion(name, etag) }
        let request = WriteRequest(
            name: name, contentType: entry.contentType, metadata: entry.metadata, conditions: conditions,
            declaredSize: entry.size)
        do {
            _ = try limits(request)
            return try await commit(request, staged)
        } catch {
            staged.releaseClaim()
            // It may have gone between the look and the commit.
            if !(error is LarderError), try await keptVersion(name, etag) == nil { throw Self.noVersion(name, etag) }
            throw error
        }
    }

    /// What the last deletion of each key took, of keys that have no entry now: in key order.
    /// - Parameters:
    ///   - since: deleted then or later.
    ///   - after: keys behind this one; empty: from the first on.
    package func deleted(
        in store: StoreName, of site: SiteID, prefix: [UInt8], since: Timestamp, after: [UInt8], limit: Int
    ) async throws -> [EntryVersion] {
        let now = now
        return try await index.read {
            try $0.deleted(
                in: store, of: site, prefix: prefix, since: since, after: after, now: now, limit: limit)
        }
    }

    /// What a version that is not there is answered with.
    package static func noVersion(_ name: EntryName, _ etag: ETag) -> LarderError {
        LarderError(
            .notFound, "There is no version \(etag.quoted) of the entry '\(name.key)' in the store '\(name.store)'.")
    }

    /// Whether a version is still within the time that its rule keeps it.
    package func isKept(_ version: EntryVersion, of name: EntryName) -> Bool {
        versionCutoff(name).map { version.replacedAt > $0 } ?? true
    }

    private func versionCutoff(_ name: EntryName) -> Timestamp? {
        policies.rule(for: name.key, in: policies.policy(for: name.store)).versionCutoff(at: now)
    }

    /// A version with its content as it is kept; nil when there is none. The claim keeps a file from being removed.
    private func keptVersion(_ name: EntryName, _ etag: ETag) async throws -> (Entry, StagedObject)? {
        let cutoff = versionCutoff(name)
        let found = try await index.read { reader -> (Entry, StagedObject.Content?)? in
            guard let entry = try reader.version(of: name, etag, since: cutoff)?.entry else { return nil }
            guard entry.placement == .inline else { return (entry, nil) }
            let (stored, plain) = try Self.verifiedInline(entry, reader)
            return (entry, .inline(stored: stored, plain: plain))
        }
        guard let (entry, inline) = found else { return nil }
        return (entry, try await keptObject(entry, inline))
    }
}
