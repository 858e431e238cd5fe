package import LarderModel
import Synchronization

/// Which objects are between «about to be placed» and «row committed». Nobody may remove the object of a claimed
/// digest: the row that will name it is on its way. State of one process.
package final class DigestClaims: Sendable {
    private enum Use {
        /// So many puts hold it.
        case claimed(Int)
        /// Its object is being removed; these puts wait for the end of that. Bounded by the uploads that are open.
        case closed([CheckedContinuation<Void, Never>])
    }
    private let uses = Mutex<[Digest: Use]>([:])

    package init() {}

    /// Holds a digest until it is let go of, explicitly or by going out of scope.
    package final class Claim: Sendable {
        package let digest: Digest
        private let claims: DigestClaims
        private let isHeld = Atomic(true)

        fileprivate init(_ digest: Digest, _ claims: DigestClaims) {
            self.digest = digest
            self.claims = claims
        }

        package func release() {
            guard isHeld.exchange(false, ordering: .relaxed) else { return }
            claims.release(digest)
        }

        deinit { release() }
    }

    /// Waits while an object of that digest is being removed.
    package func claim(_ digest: Digest) async -> Claim {
        await withCheckedContinuation { turn in
            let isFree = uses.withLock { uses in
                switch uses[digest] {
                case .closed(let waiting)?:
                    uses[digest] = .closed(waiting + [turn])
                    return false
                case .claimed(let count)?: uses[digest] = .claimed(count + 1)
                case nil: uses[digest] = .claimed(1)
                }
                return true
            }
            if isFree { turn.resume() }
        }
        return Claim(digest, self)
    }

    private func release(_ digest: Digest) {
        uses.withLock { uses in
            guard case .claimed(let count)? = uses[digest] else { return }
            uses[digest] = count == 1 ? nil : .claimed(count - 1)
        }
    }

    /// Runs `removal` only if nobody holds the digest, and lets nobody take it meanwhile.
    /// - Returns: what it gave; nil when it did not run.
    package func whileUnclaimed<R>(_ digest: Digest, _ removal: () async throws -> R) async rethrows -> R? {
        if PlantedFault.strikes(.collectClaimed) { return try await removal() }
        let isFree = uses.withLock { uses in
            guard uses[digest] == nil else { return false }
            uses[digest] = .closed([])
            return true
        }
        guard isFree else { return nil }
        defer { reopen(digest) }
        return try await removal()
    }

    private func reopen(_ digest: Digest) {
        let waiting: [CheckedContinuation<Void, Never>] = uses.withLock { uses in
            guard case .closed(let waiting)? = uses[digest] else { return [] }
            uses[digest] = waiting.isEmpty ? nil : .claimed(waiting.count)
            return waiting
        }
        for turn in waiting { turn.resume() }
    }
}
