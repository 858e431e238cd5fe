package import Disk
package import LarderModel
import Synchronization

/// Refuses writes while the disk has less room than a floor, so that there is always some left for removals, the index
/// and the log. Reads and removals go on, and writes do again once there is room.
///
/// Looking costs a system call, so it is done once a second by whoever runs ``sample()``; asking costs nothing.
package final class DiskGuard: Sendable {
    private let directory: DataDirectory
    private let given: ByteCount?
    private let room = Atomic<Int64>(.max)
    private let floor = Atomic<Int64>(0)
    private let files = Atomic<Int64>(.max)

    /// The floor unless given: this, or a fiftieth of the disk where that is less.
    package static let floorMax = ByteCount(1_000_000_000)
    /// Files that can still be made, at least: an upload is one, and so is a new secret.
    package static let filesMin: Int64 = 64
    package static let sampleInterval = Duration.seconds(1)

    /// - Parameter floor: bytes that stay free; nil: 1 GB, or 2 % of the disk where that is less.
    package init(directory: DataDirectory, floor: ByteCount? = nil) {
        self.directory = directory
        given = floor
    }

    /// Looks how much room there is. Blocks. A look that fails changes nothing.
    package func sample() {
        guard let space = try? directory.space() else { return }
        take(space)
    }

    func take(_ space: DiskRoom) {
        floor.store(given?.bytes ?? min(Self.floorMax.bytes, space.total / 50), ordering: .relaxed)
        room.store(space.free, ordering: .relaxed)
        files.store(space.freeFiles ?? .max, ordering: .relaxed)
    }

    /// Bytes free when last looked.
    package var freeBytes: Int64 { room.load(ordering: .relaxed) }
    package var floorBytes: Int64 { floor.load(ordering: .relaxed) }
    private var isWithoutFiles: Bool { files.load(ordering: .relaxed) < Self.filesMin }
    package var isFull: Bool { freeBytes < floorBytes || isWithoutFiles }

    /// - Throws: `LarderError` `.diskFull` while there is too little room.
    package func check() throws(LarderError) { if let refusal { throw refusal } }

    /// Why writes are refused; nil while they are not.
    package var refusal: LarderError? {
        guard isFull else { return nil }
        if isWithoutFiles {
            return LarderError(
                .diskFull,
                "The server's disk can hold fewer than \(Self.filesMin) more files (inodes), so nothing was written; "
                    + "remove some and try again."
            )
        }
        return LarderError(
            .diskFull,
            "The server's disk has less than \(floorBytes / 1_000_000) MB free, so nothing was written; make "
                + "room and try again.",
            cause: "\(freeBytes) bytes free")
    }
}
