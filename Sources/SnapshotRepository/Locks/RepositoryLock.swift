import LarderModel
import NIOCore
import Synchronization

/// A lock that this process holds on a repository: a file of its own in `locks/`, written again every 30 s. It rests on
/// no condition of the storage's: who wants a lock writes his own and then lists all, so of two that exclude each other
/// one at least sees the other, and withdraws. A lock is dead when its file was not written for five minutes, by the
/// storage's own clock; then, or when it is of the same larder, or of a process of this machine that is gone, who comes
/// next takes it over.
///
/// Used by one task at a time. It is not given back by itself: see ``release()``.
package final class RepositoryLock: Sendable {
    package enum Purpose: String, Sendable {
        /// A snapshot is being written; several may be.
        case writing
        /// Contents are being removed; nobody else writes or prunes meanwhile.
        case pruning
    }

    /// How often it is renewed, and when it is dead.
    package static let renewAfter = Duration.seconds(30)
    package static let deadAfter = Duration.seconds(300)
    /// Times that one is tried for, and the longest wait between two.
    static let triesMax = 6
    static let waitMax = Duration.seconds(4)
    /// After a lock was taken over, so that a removal of the other's is at its end.
    static let takeOverWait = Duration.seconds(5)
    static let folder = "locks/"
    /// Bytes of a file that are read.
    static let countMax = 4 << 10

    /// Locks of the dead that were removed for this one, for the log.
    package let takenOver: [String]
    /// The path of its file.
    let name: String
    private let storage: any RepositoryStorage
    private let note: LockNote
    private let clock: WallClock
    /// When the last renewal began, by this machine's clock.
    private let renewedAt: Mutex<Timestamp>

    init(
        _ storage: any RepositoryStorage, name: String, _ note: LockNote, _ clock: WallClock, renewedAt: Timestamp,
        takenOver: [String]
    ) {
        self.storage = storage
        self.name = name
        self.note = note
        self.clock = clock
        self.renewedAt = Mutex(renewedAt)
        self.takenOver = takenOver
    }

    /// Renews it when 30 s have gone by. To be called between steps, each of which takes less than four minutes.
    /// - Throws: as ``check()``.
    package func renewIfDue() async throws {
        let since = clock.now().milliseconds - renewedAt.withLock { $0 }.milliseconds
        if since < 0 || since >= Self.renewAfter.wholeMilliseconds { try await renew() }
    }

    /// Looks whether it is still held. To be called before what it protects is made seen.
    /// - Throws: `LarderError` `.conflict` when it is not: another may have taken it over.
    package func check() async throws {
        let since = clock.now().milliseconds - renewedAt.withLock { $0 }.milliseconds
        guard since < Self.deadAfter.wholeMilliseconds, try await storage.open(name) != nil else {
            throw LarderError(
                .conflict,
                "The lock of the repository at \(storage.place) was lost: this was stopped for too long, or another"
                    + " took it over. Start again.")
        }
    }

    /// Gives it back. What can't be removed is dead in five minutes.
    package func release() async { try? await storage.remove(name) }

    /// Renews it now.
    /// - Throws: as ``check()``.
    func renew() async throws {
        try await check()
        let now = clock.now()
        try await storage.write(name, ByteBuffer(bytes: note.json))
        renewedAt.withLock { $0 = now }
    }

    /// What the storage's clock says: renews it and looks when that was.
    func storageTime() async throws -> Timestamp {
        try await renew()
        guard let own = try await storage.list(Self.folder).first(where: { $0.name == name }) else {
            throw LarderError(.unavailable, "The repository at \(storage.place) does not show what was just written.")
        }
        return try own.timeNow(storage.place)
    }
}
