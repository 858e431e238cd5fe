import LarderModel
import Synchronization

/// Which objects are between «file renamed into place» and «row committed». Collection may not remove the file of a
/// claimed digest: the row that will name it is on its way.
package final class DigestClaims: Sendable {
    private let counts = Mutex<[Digest: Int]>([:])

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
            claims.counts.withLock { counts in
                let count = counts[digest, default: 1] - 1
                counts[digest] = count == 0 ? nil : count
            }
        }

        deinit { release() }
    }

    package func claim(_ digest: Digest) -> Claim {
        counts.withLock { $0[digest, default: 0] += 1 }
        return Claim(digest, self)
    }

    /// Runs `removal` only if nobody holds the digest, and lets nobody take it meanwhile.
    /// - Returns: whether it ran.
    package func whileUnclaimed(_ digest: Digest, _ removal: () throws -> Void) rethrows -> Bool {
        #if LARDER_PLANTED_FAULTS
        if PlantedFault.collectClaimed.isActive {
            try removal()
            return true
        }
        #endif
        return try counts.withLock { counts in
            guard counts[digest] == nil else { return false }
            try removal()
            return true
        }
    }
}
