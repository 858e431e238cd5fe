package import Index
package import LarderModel
import Objects

/// Taking stored objects away while clients write.
///
/// An object may go only when no row names it and none is about to. Its removal is a state of its row, in three steps:
///
/// 1. **Mark**: a transaction that finds the row without a reference says that it is being removed. From then on it is
///    nobody's content: a put of the same content makes the row its own, with its own form, and living.
/// 2. **Remove**: while nobody claims the digest and nobody can, the index is asked whether a living row names the
///    object in this form, and it goes if none does.
/// 3. **Forget**: a transaction removes the row, if it is still being removed.
///
/// Why no living object goes, whatever is put at the same moment:
///
/// - A put claims its digest before its object is placed, and lets go of it after its commit was answered.
/// - One whose commit was answered before step 2 asks is seen there: the row is living, and the object stays, unless
///   the put kept its content in another form or in the index: then this one is not its.
/// - One that has claimed and is not answered yet keeps step 2 away; its commit finds a marked row or none.
/// - One that has not claimed yet waits for the end of step 2, and then places an object of its own.
/// - One that keeps its content in the index claims nothing and needs no object.
///
/// Where each object has a place of its own, a row that comes to life again, or whose content came again, names another
/// place than before; what lies in that one is asked for and removed by itself, never what came after it. Such a left
/// place goes without a claim, and so while others write the same content: nobody can come to name it any more, for
/// only the put that made it could, and that one's commit was answered.
///
/// While a snapshot is being made nothing more is marked: rows that it has read name what must still be carried away.
/// Its job's row was committed before it read, so whatever was marked before had no reference then. An export holds
/// it the same way, with a note that counts for some minutes and is renewed as the export goes on.
///
/// A crash behind any step leaves a marked row, which the next collection takes up again, or nothing. An object without
/// a row is left only where a put held its claim during step 2 and then did not commit: a full collection finds it.
extension BlobStore {
    /// Goes one step on with the removal of objects that have been without a reference since `cutoff` or before:
    /// removes those that the step before marked, forgets their rows, and marks the next ones in the same transaction.
    /// - Parameters:
    ///   - marked: by the step before; none at first.
    ///   - limit: how many to mark.
    ///   - save: runs in the transaction, with what goes.
    package func removeUnreferenced(
        _ marked: [UnreferencedObject], thenMark limit: Int, since cutoff: Timestamp,
        _ save: @escaping @Sendable ([UnreferencedObject], IndexTransaction) throws -> Void
    ) async throws -> RemovalStep {
        try await removeUnnamed(
            marked.filter { !$0.isInline }.map { ObjectLocator($0.digest, $0.encoding, place: $0.place) })
        let (removed, next, isHeld, begun) = try await change(.evenWhenFull) { transaction in
            let begun = ContinuousClock.now
            let removed = try transaction.forgetRemoved(marked)
            try save(removed, transaction)
            let isHeld = try transaction.isSnapshotUnderWay() || transaction.isExportUnderWay()
            let next = isHeld ? [] : try transaction.markForRemoval(since: cutoff, limit: limit)
            return (removed, next, isHeld, begun)
        }
        return RemovalStep(removed: removed, marked: next, isHeld: isHeld, held: ContinuousClock.now - begun)
    }

    /// Removes objects that no row names.
    /// - Returns: how many there were.
    @discardableResult
    package func removeStrays(_ strays: [StrayFile]) async throws -> Int {
        try await removeUnnamed(strays.map(\.locator))
    }

    @discardableResult
    func removeUnnamed(_ locators: [ObjectLocator]) async throws -> Int {
        var count = 0
        for locator in locators where try await objects.remove(locator, unless: { try await isNamed(locator) }) {
            count += 1
        }
        return count
    }

    /// Removes what puts that are over have placed, and no row names any more. One of many forms in one place waits
    /// for a collection where it can't go now.
    func removeLeft(_ locators: [ObjectLocator]) async {
        for locator in locators {
            if locator.place.isEmpty {
                _ = try? await removeUnnamed([locator])
            } else if (try? await isNamed(locator)) == false {
                try? await objects.removeLeft(locator)
            }
        }
    }

    private func isNamed(_ locator: ObjectLocator) async throws -> Bool {
        try await index.read { try $0.hasFile(locator.digest, locator.encoding, place: locator.place) }
    }

    /// Takes a damaged object out of the way: reads answer `corrupt_entry` until its content is written again.
    /// - Parameter stamp: of the object that was found damaged.
    /// - Returns: whether it was; not, when it was written again meanwhile or no row names it any more.
    func quarantine(_ locator: ObjectLocator, ifStill stamp: ObjectStamp) async throws -> Bool {
        try await objects.quarantine(locator, ifStill: stamp) { try await isNamed(locator) }
    }
}
