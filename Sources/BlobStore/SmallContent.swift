package import Index
package import LarderModel
import Objects

/// Content that is kept in the index, at most 1 MiB: hashed, and compressed where that helps.
package struct SmallContent: Sendable {
    fileprivate let plain: [UInt8]
    fileprivate let staged: StagedObject

    package var digest: Digest { staged.digest }

    /// Computes some 25 µs a kilobyte where it compresses.
    package init(_ plain: [UInt8], contentType: String, compression: Policy.Compression) {
        self.plain = plain
        staged = InlineObject.stage(plain, contentType: contentType, compression: compression)
    }
}

extension IndexTransaction {
    /// Writes an entry that follows from what this transaction changes.
    /// - Parameter author: the watcher that does; it is not told.
    package func put(
        _ content: SmallContent, at name: EntryName, contentType: String, metadata: Metadata, expiry: Expiry,
        by author: any EntryWatcher.Type
    ) throws {
        func put(_ staged: StagedObject) throws {
            let draft = IndexTransaction.Draft(
                contentType: contentType, metadata: metadata,
                etag: ETag(digest: staged.digest, contentType: contentType, metadata: metadata), expiry: expiry,
                conditions: .none)
            _ = try self.put(name, draft, BlobStore.object(staged), by: author)
        }
        do { try put(content.staged) } catch let other as IndexTransaction.KeptOtherwise {
            // In a file of the other form.
            let compression: Policy.Compression = other.encoding == .gzip ? .always : .never
            try put(InlineObject.stage(content.plain, contentType: contentType, compression: compression))
        }
    }
}
