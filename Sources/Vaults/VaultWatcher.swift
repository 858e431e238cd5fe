import BlobStore
import Disk
import Index
import LarderModel

/// Keeps the items of vaults in step with their entries, in the transaction that changes those, whichever face or job
/// does it. Events of logs bring their items along; and what goes takes its items with it by itself.
struct VaultWatcher: PreparingWatcher {
    let policies: PolicyBook

    func concerns(_ name: EntryName) -> Bool { policies.policy(for: name.store).index != nil }
    func needsContentInIndex(_ name: EntryName) -> Bool { false }
    func keepsStore(_ store: StoreName) -> Bool { policies.policy(for: store).index != nil }

    /// What an entry's content says, for the transaction.
    private struct Prepared: Sendable {
        let digest: Digest
        let item: NewItem?
    }

    func prepare(_ request: WriteRequest, _ content: EntryContent, in blobs: BlobStore) async throws -> any Sendable {
        let entry = content.entry
        guard let maker = VaultService.maker(of: request.name.store, policies), entry.size <= ItemMaker.contentMax
        else {
            return Prepared(digest: entry.digest, item: nil)
        }
        let bytes = try await content.collect(limit: ItemMaker.contentMax)
        let item = try await blobs.pool.run {
            maker.item(of: bytes, entry.contentType, entry.metadata, vector: request.vector)
        }
        guard item != nil || request.vector == nil else {
            throw LarderError(.invalidVector, "A vector came with content that is not searched: it is no text.")
        }
        return Prepared(digest: entry.digest, item: item)
    }

    func entryChanged(_ name: EntryName, to entry: Entry?, in transaction: IndexTransaction) throws {
        guard let entry else { return }
        guard let prepared = transaction.preparation(Prepared.self), prepared.digest == entry.digest else {
            throw UnreadContent([entry])
        }
        try transaction.setItem(prepared.item, of: name)
    }
}
