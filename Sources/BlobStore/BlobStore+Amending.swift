import Index
package import LarderModel
import Objects

/// What is to be changed of an entry beside its content; what is nil stays as it is.
package struct Amendment: Sendable {
    package var contentType: String?
    package var metadata: Metadata?
    package var expiry: Expiry?

    package init(contentType: String? = nil, metadata: Metadata? = nil, expiry: Expiry? = nil) {
        self.contentType = contentType
        self.metadata = metadata
        self.expiry = expiry
    }
}

extension BlobStore {
    /// Changes what an entry says of its content, which stays where it is: of a large one no byte is read. For
    /// everything else it is a write like others.
    /// - Throws: `LarderError` `.notFound`, `.preconditionFailed`; `.conflict` for a log.
    @discardableResult
    package func amend(
        _ name: EntryName, _ amendment: Amendment, conditions: Preconditions
    ) async throws -> WriteResult {
        _ = try limits(WriteRequest(name: name))
        return try await patching.withLock(name) {
            for _ in 0..<Self.attemptsMax {
                guard let (entry, staged) = try await keptContent(name) else {
                    throw LarderError(.notFound, "There is no entry '\(name.key)' in the store '\(name.store)'.")
                }
                try conditions.checkWrite(current: (entry.etag, entry.modifiedAt))
                var request = WriteRequest(
                    name: name, contentType: amendment.contentType ?? entry.contentType,
                    metadata: amendment.metadata ?? entry.metadata,
                    conditions: Preconditions(ifMatch: .tags([entry.etag])))
                request.expiry = amendment.expiry ?? entry.renewal
                do { return try await commit(request, staged) } catch let error as LarderError
                    where error.code == .preconditionFailed
                { continue }
            }
            throw Self.overtaken
        }
    }

    /// An entry with its content as it is kept; nil when there is none. The claim keeps a file from being removed.
    private func keptContent(_ name: EntryName) async throws -> (Entry, StagedObject)? {
        let found = try await index.read { reader -> (Entry, StagedObject.Content?)? in
            guard let entry = try reader.entry(name) else { return nil }
            guard entry.placement == .inline else { return (entry, nil) }
            let (stored, plain) = try Self.verifiedInline(entry, reader)
            return (entry, .inline(stored: stored, plain: plain))
        }
        guard let (entry, inline) = found, !entry.isExpired(at: now) else { return nil }
        guard entry.placement != .log else {
            throw LarderError(
                .conflict, "'\(name.key)' is a log: PATCH /v1/stores/{store}/logs/{key} changes its metadata.")
        }
        return (entry, try await keptObject(entry, inline))
    }

    /// Content that is there already, to be written again. The claim keeps a file from being removed.
    /// - Parameter inline: as the index has it; nil: it lies in a file.
    func keptObject(_ entry: Entry, _ inline: StagedObject.Content?) async throws -> StagedObject {
        let content: StagedObject.Content
        if let inline {
            content = inline
        } else {
            let claim = await objects.claims.claim(entry.digest)
            // Read under the claim, which keeps it there.
            let place = objects.givesPlaces ? try await place(of: entry.digest) : []
            content = .stored(ObjectLocator(entry.digest, entry.encoding, place: place), claim)
        }
        return StagedObject(
            digest: entry.digest, size: entry.size, storedSize: entry.storedSize, encoding: entry.encoding,
            content: content, isKept: true)
    }
}
