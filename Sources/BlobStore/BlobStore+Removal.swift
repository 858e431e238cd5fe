import Index
import LarderModel
import Objects

/// Taking stored objects away while clients write.
///
/// An object may go only when no row names it and none is about to. Why no living object goes here, whatever is put at
/// the same moment:
///
/// 1. A put claims its digest before its object is placed, and lets go of it after its commit was answered.
/// 2. The row goes first, in a transaction that finds it without a reference. Then, while nobody claims the digest and
///    nobody can, the index is asked whether a row names the object, and it goes if none does.
/// 3. A put whose commit was answered before that question is seen by it: its row is there, and the object stays.
/// 4. One that has claimed and is not answered yet keeps the removal away.
/// 5. One that has not claimed yet waits for the end of the removal, and then places an object of its own.
///
/// A crash between the commit and the removal leaves an object without a row, which the next full collection finds.
extension BlobStore {
    /// Removes rows and objects that have been without a reference since `cutoff` or before, at most `limit`.
    /// - Parameter save: runs in the same transaction, with what goes.
    /// - Returns: what went, and how long it held the writer, commit included.
    package func removeUnreferenced(
        since cutoff: Timestamp, limit: Int,
        _ save: @escaping @Sendable ([UnreferencedObject], IndexTransaction) throws -> Void
    ) async throws -> (removed: [UnreferencedObject], held: Duration) {
        let (gone, begun) = try await change(.evenWhenFull) { transaction in
            let begun = ContinuousClock.now
            let gone = try transaction.removeUnreferenced(since: cutoff, limit: limit)
            try save(gone, transaction)
            return (gone, begun)
        }
        let held = ContinuousClock.now - begun
        try await removeUnnamed(gone.filter { !$0.isInline }.map { ObjectLocator($0.digest, $0.encoding) })
        return (gone, held)
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

    private func isNamed(_ locator: ObjectLocator) async throws -> Bool {
        try await index.read { try $0.hasFile(locator.digest, locator.encoding) }
    }

    /// Takes a damaged object out of the way: reads answer `corrupt_entry` until its content is written again.
    /// - Parameter stamp: of the object that was found damaged.
    /// - Returns: whether it was; not, when it was written again meanwhile or no row names it any more.
    func quarantine(_ locator: ObjectLocator, ifStill stamp: ObjectStamp) async throws -> Bool {
        try await objects.quarantine(locator, ifStill: stamp) { try await isNamed(locator) }
    }
}
