import Disk

/// Room for what has to be written on a full disk: a removal has to be noted before it gives room back, and a right
/// that is taken away before it is gone for good.
///
/// It is a file of the data directory, `reserve`, that is removed when such a change finds no room, and made again when
/// there is some.
final class DiskReserve: Sendable {
    /// Some ten transactions, each of which may leave a hundred pages in the log of the index.
    static let size: Int64 = 4 << 20

    private let path: String

    init(_ directory: DataDirectory) { path = directory.path + "/reserve" }

    /// Makes it where it is missing and the disk has room enough beside it. A failure leaves it to the next time.
    /// Blocks.
    func fill(_ diskGuard: DiskGuard) {
        guard let size = try? FileSystem.status(path)?.size ?? 0, size < Self.size else { return }
        guard !diskGuard.isFull, diskGuard.freeBytes - diskGuard.floorBytes >= 2 * Self.size else { return }
        try? FileSystem.makeFile(path, size: Self.size)
    }

    /// Gives its room to whoever comes first. Blocks.
    func release() { try? FileSystem.remove(path) }
}
