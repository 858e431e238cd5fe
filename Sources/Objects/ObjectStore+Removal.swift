import LarderModel

extension ObjectStore {
    /// Removes an object, if nobody claims its digest and nothing names it; nobody can claim the digest meanwhile.
    /// - Parameter isNamed: whether a living row of the index names it, asked when no more claims are given out.
    /// - Returns: whether it may go, and is gone.
    @discardableResult
    package func remove(_ locator: ObjectLocator, unless isNamed: @Sendable () async throws -> Bool) async throws
        -> Bool
    {
        try await claims.whileUnclaimed(locator.digest) {
            guard try await !isNamed() else { return false }
            try await backend.remove(locator)
            return true
        } ?? false
    }

    /// Removes an object from a place of its own that nothing names and nothing will: who placed it is done with it. A
    /// claim on its digest is for another place.
    package func removeLeft(_ locator: ObjectLocator) async throws { try await backend.remove(locator) }

    /// Takes a damaged object out of the way, if nobody claims its digest and it is still the very one that was
    /// checked: one that was written again meanwhile is another, and healthy.
    /// - Parameter isNamed: whether a living row of the index names it; what none names is the collector's.
    /// - Returns: whether it was.
    package func quarantine(
        _ locator: ObjectLocator, ifStill stamp: ObjectStamp, where isNamed: @Sendable () async throws -> Bool
    ) async throws -> Bool {
        try await claims.whileUnclaimed(locator.digest) {
            guard try await isNamed() else { return false }
            return try await backend.quarantine(locator, ifStill: stamp)
        } ?? false
    }
}
