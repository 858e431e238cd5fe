package import LarderModel

/// Where objects lie. A backend keeps what it is given and gives it back; that it is what its name says is the business
/// of those above: hashing, compressing, checking, and who may remove what and when.
///
/// Every operation may be called by many at once, and suspends while it waits for a disk or a network; one that blocks
/// does so on threads of its own. Failures are `LarderError`s, but for a failed fsync, after which nothing may be
/// written any more: that is a `FileSystem.SyncFailure`. `ObjectConformance` is what each backend must do.
package protocol ObjectBackend: Sendable {
    /// What it is, in a word, for people and `/metrics`: `disk`.
    var kind: String { get }

    /// Whether each object that is placed gets a place of its own, which its locator then holds.
    var givesPlaces: Bool { get }

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

    /// Takes an object of another backend over without copying it, where both can have it at once: neither changes it
    /// afterwards, and each removes only its own.
    /// - Returns: whether it is placed now, durably; false: it has to be copied.
    func adopt(_ locator: ObjectLocator, from other: any ObjectBackend) async throws -> Bool

    /// Takes a damaged object out of the way and keeps it for an administrator: it can't be opened or listed any more.
    /// - Parameter stamp: of the object that was found damaged.
    /// - Returns: false when it is not that very one any more, or is gone; nothing has changed then.
    func quarantine(_ locator: ObjectLocator, ifStill stamp: ObjectStamp) async throws -> Bool

    // MARK: What stands outside of the data directory

    /// Where it lies, for people, without a secret; nil: in the data directory, where it can be nobody else's.
    var address: String? { get }

    /// Looks whether objects of an index can be kept here, before the first of them is, and keeps nothing.
    /// - Returns: whether it is marked as that index's already.
    /// - Throws: `LarderError` `.unavailable` when it can't be reached, which may pass; any other for the person who
    ///   starts the server.
    func check(for owner: ObjectOwner) async throws -> Bool

    /// Marks it as an index's.
    /// - Throws: as ``check(for:)``.
    func mark(for owner: ObjectOwner) async throws

    /// Why nothing can be placed or read at this moment, for clients; nil while nothing is known to be wrong.
    var trouble: LarderError? { get }

    /// Looks how it is, and brings ``trouble`` up to date. To be called every few seconds.
    func probe() async

    /// How long what no row names is left alone, for it may be another process's upload; nil: as long as a collection
    /// says.
    var strayAge: Duration? { get }

    /// Takes away what uploads that never came to their end have left, unless it is younger than ``strayAge``.
    /// - Returns: how many there were.
    func removeRemains() async throws -> Int

    /// What it measures of itself; nil: nothing.
    var statistics: ObjectStatistics? { get }

    /// Nothing is asked of it any more. Blocks.
    func close()
}

/// One in the data directory needs none of this.
extension ObjectBackend {
    package var givesPlaces: Bool { false }
    package func adopt(_ locator: ObjectLocator, from other: any ObjectBackend) async throws -> Bool { false }
    package var address: String? { nil }
    package func check(for owner: ObjectOwner) async throws -> Bool { true }
    package func mark(for owner: ObjectOwner) async throws {}
    package var trouble: LarderError? { nil }
    package func probe() async {}
    package var strayAge: Duration? { nil }
    package func removeRemains() async throws -> Int { 0 }
    package var statistics: ObjectStatistics? { nil }
    package func close() {}
}
