package import Objects

/// How the rules come to a backend that they know nothing of.
package struct BackendUnderTest: Sendable {
    /// Opens what was kept before, as a restart does. Unlike that, those opened before are still there.
    package let open: @Sendable () async throws -> any ObjectBackend
    /// Puts something that is no object's among the objects of a shard, and says as what it is to be listed; nil: the
    /// backend has no room for such.
    package let addForeign: (@Sendable (_ shard: UInt8) async throws -> String)?

    package init(
        open: @escaping @Sendable () async throws -> any ObjectBackend,
        addForeign: (@Sendable (UInt8) async throws -> String)? = nil
    ) {
        self.open = open
        self.addForeign = addForeign
    }
}
