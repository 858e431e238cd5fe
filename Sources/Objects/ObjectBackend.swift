import LarderModel

/// Where objects lie. A backend keeps what it is given and gives it back; that it is what its name says is the business
/// of those above: hashing, compressing, checking, and who may remove what and when.
///
/// Every operation may be called by many at once, and suspends while it waits for a disk or a network; one that blocks
/// does so on threads of its own. Failures are `LarderError`s, but for a failed fsync, after which nothing may be
/// written any more: that is a `FileSystem.SyncFailure`. `ObjectConformance` is what each backend must do.
package protocol ObjectBackend: Sendable {
    /// Prepares to receive an object. Nothing of it can be opened or listed before it is placed.
    func makeSink() -> any ObjectSink

    /// Opens an object for reading; nil when there is none, or something that is no object lies in its place. Waits for
    /// nothing but its own disk or network.
    func open(_ locator: ObjectLocator) async throws -> (any ObjectSource)?

    /// What is known of an object; nil when ``open(_:)`` gives none.
    func stat(_ locator: ObjectLocator) async throws -> ObjectStatus?

    /// Removes an object, or takes what lies in its place out of the way. Whoever has it open goes on reading it.
    /// Removing what is not there is no error.
    func remove(_ locator: ObjectLocator) async throws

    /// The objects whose digests begin with this byte, and foreign names among them. What is placed or removed
    /// meanwhile may be in it or not.
    func list(shard: UInt8) async throws -> ObjectListing

    /// Takes a damaged object out of the way and keeps it for an administrator: it can't be opened or listed any more.
    /// - Parameter stamp: of the object that was found damaged.
    /// - Returns: false when it is not that very one any more, or is gone; nothing has changed then.
    func quarantine(_ locator: ObjectLocator, ifStill stamp: ObjectStamp) async throws -> Bool
}
