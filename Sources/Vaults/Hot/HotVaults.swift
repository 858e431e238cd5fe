import BlobStore
import Index
import LarderModel
import Retrieval
import Synchronization

/// The vaults that are in memory. A question brings what it needs up to date and takes it as it is then.
///
/// - Blocks: a reading thread of the index while rows are read; one question of a vault at a time does that, the others
///   wait for it without a thread.
/// - Bound: ``bytesMax`` of all together. The vault that was asked for longest ago goes first; one that is larger by
///   itself is not held: its questions are refused, and say why.
final class HotVaults: Sendable {
    /// A store's number and what of its rule the rows in memory depend on.
    struct Key: Hashable, Sendable {
        let store: Int64
        let vector: Policy.Index.Vector?
    }

    private struct Held {
        let vault: HotVault
        var askedAt: UInt64
    }

    private struct State {
        var held: [Key: Held] = [:]
        var asks: UInt64 = 0
    }

    private let blobs: BlobStore
    let bytesMax: Int
    private let state = Mutex(State())
    private let turn = KeyedLock<Key>()

    init(_ blobs: BlobStore, bytesMax: Int) {
        self.blobs = blobs
        self.bytesMax = bytesMax
    }

    /// What one vault holds now, and the keys of it whose time is over.
    func current(_ store: StoreName, in site: SiteID, _ rule: Policy.Index) async throws -> (
        number: Int64, rows: HotRows, expired: Set<[UInt8]>
    )? {
        let (isThere, row) = try await blobs.look {
            (try $0.storeID(site, store) != nil, try $0.vault(store, in: site))
        }
        guard isThere else { return nil }
        guard let row, row.rule == rule.rule else { throw Self.notYet(store) }
        let key = Key(store: row.store, vector: rule.vector)
        return try await turn.withLock(key) {
            let known = state.withLock { $0.held[key]?.vault }
            let now = blobs.now, max = bytesMax
            let (vault, expired) = try await blobs.look { reader in
                guard let row = try reader.vault(store, in: site), row.store == key.store, row.isWhole else {
                    throw Self.notYet(store)
                }
                var vault =
                    known.flatMap { $0.reached < row.removedThrough || $0.isWorn ? nil : $0 }
                    ?? HotVault(rule.vector)
                do { try vault.catchUp(reader, row, bytesMax: max) } catch is HotVault.TooLarge {
                    throw LarderError(
                        .unavailable,
                        "The vault '\(store)' takes more memory than --vector-memory, \(ByteCount(Int64(max))): "
                            + "start the server with more.")
                }
                return (vault, try reader.expiredKeys(of: row.store, at: now))
            }
            keep(vault, key)
            return (key.store, vault.rows, Set(expired))
        }
    }

    private static func notYet(_ store: StoreName) -> LarderError {
        LarderError(.unavailable, "The vault '\(store)' is being indexed; try again in a moment.")
    }

    private func keep(_ vault: HotVault, _ key: Key) {
        state.withLock { state in
            state.asks += 1
            state.held[key] = Held(vault: vault, askedAt: state.asks)
            var bytes = state.held.values.reduce(0) { $0 + $1.vault.bytes }
            while bytes > bytesMax, let oldest = state.held.min(by: { $0.value.askedAt < $1.value.askedAt }) {
                bytes -= oldest.value.vault.bytes
                state.held[oldest.key] = nil
            }
        }
    }

    /// Vaults in memory, and their bytes.
    var measures: [(store: Int64, passages: Int, bytes: Int)] {
        state.withLock { $0.held.map { ($0.key.store, $0.value.vault.rows.living.count, $0.value.vault.bytes) } }
    }
}
