package import Disk
import Glibc

extension ObjectStamp {
    /// Of an open file: its place on the disk, its size and the times of its last changes.
    /// - Throws: ``FileSystem/Failure``.
    package init(ofFile descriptor: Int32, path: String) throws(FileSystem.Failure) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileSystem.Failure(call: "fstat", path: path, errno: errno) }
        func nanoseconds(_ time: timespec) -> UInt64 {
            UInt64(bitPattern: Int64(time.tv_sec)) &* 1_000_000_000 &+ UInt64(bitPattern: Int64(time.tv_nsec))
        }
        self.init(
            size: Int64(status.st_size),
            marks: (
                UInt64(status.st_dev), UInt64(status.st_ino), nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)
            ))
    }
}
