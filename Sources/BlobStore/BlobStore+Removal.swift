import Disk
import Index
import LarderModel
import Objects

/// Taking files away while clients write.
///
/// A file may go only when no row names it and none is about to. Why no live file goes here, whatever is put at the
/// same moment:
///
/// 1. A put claims its digest before its file is renamed into place, and lets go of it after its commit was answered.
/// 2. Rows and files go on the index's writer thread: the decision inside a transaction, the file in that change's
///    completion, which runs behind the commit and before the next transaction begins. So no row can come between the
///    decision and the removal but those of the same transaction.
/// 3. A put that stands in the same transaction in front of the decision is seen by it: the object has a reference, and
///    stays. One that stands behind it is still claimed, because completions run in the order of the changes:
///    ``DigestClaims/whileUnclaimed(_:_:)`` refuses, and the file stays for the row that the put has made.
/// 4. A put that has not yet claimed either waits for that lock, and then renames a file of its own into the free
///    place, or claimed before, which is case 3.
///
/// A crash between the commit and the removal leaves a file without a row, which the next full collection finds.
extension BlobStore {
    /// Removes rows and files of objects that have been without a reference since `cutoff` or before, at most `limit`.
    /// - Parameter save: runs in the same transaction, with what goes.
    /// - Returns: what went, and how long it held the writer, commit included.
    package func removeUnreferenced(
        since cutoff: Timestamp, limit: Int,
        _ save: @escaping @Sendable ([UnreferencedObject], IndexTransaction) throws -> Void
    ) async throws -> (removed: [UnreferencedObject], held: Duration) {
        try await removing { transaction in
            let gone = try transaction.removeUnreferenced(since: cutoff, limit: limit)
            try save(gone, transaction)
            return (gone, gone.filter { !$0.isInline }.map { ObjectFileName(digest: $0.digest, encoding: $0.encoding) })
        }
    }

    /// Removes files that no row names in that form.
    /// - Returns: how many there were that may go.
    @discardableResult
    package func removeStrays(_ names: [ObjectFileName]) async throws -> Int {
        try await removing { transaction in
            let strays = try names.filter { try !transaction.reader.hasFile($0.digest, $0.encoding) }
            return (strays.count, strays)
        }.removed
    }

    /// The same for who can't wait. What stays because it is claimed is left to the next full collection.
    func removeStraysLater(_ names: [ObjectFileName]) {
        let (objects, pool) = (objects, pool)
        index.write { transaction in
            try names.filter { try !transaction.reader.hasFile($0.digest, $0.encoding) }
        } completion: { result in
            let aside = ((try? result.get()) ?? []).compactMap { try? objects.setAside($0) }
            pool.start { for path in aside { try? FileSystem.remove(path) } }
        }
    }

    /// Runs a change that decides which files go, and takes these away on the writer's thread behind its commit.
    private func removing<R: Sendable>(
        _ decide: @escaping @Sendable (IndexTransaction) throws -> (R, [ObjectFileName])
    ) async throws -> (removed: R, held: Duration) {
        let objects = objects
        let (answer, aside, held): (R, [String], Duration) = try await withCheckedThrowingContinuation { continuation in
            index.write { transaction in
                let begun = ContinuousClock.now
                let (answer, names) = try decide(transaction)
                return (answer, names, begun)
            } completion: { result in
                continuation.resume(
                    with: result.map { answer, names, begun in
                        // A file that can't be moved now is one that the next full collection finds.
                        let aside = names.compactMap { try? objects.setAside($0) }
                        return (answer, aside, ContinuousClock.now - begun)
                    })
            }
        }
        try await objects.dispose(aside)
        return (answer, held)
    }

    /// Moves a damaged object's file out of the way: reads answer `corrupt_entry` until its content is written again.
    /// - Parameter checked: the file that was found damaged.
    /// - Returns: whether it was moved; not, when it was written again meanwhile or the object is gone.
    package func quarantine(_ name: ObjectFileName, _ checked: FileStamp) async throws -> Bool {
        let objects = objects
        try await pool.run { try objects.prepareQuarantine() }
        let isMoved: Bool = try await withCheckedThrowingContinuation { continuation in
            index.write {
                try $0.reader.hasFile(name.digest, name.encoding)
            } completion: { result in
                continuation.resume(
                    with: result.flatMap { isNamed in Result { try isNamed && objects.moveToQuarantine(name, checked) }
                    })
            }
        }
        if isMoved { try await pool.run { try objects.syncQuarantine(name) } }
        return isMoved
    }
}
