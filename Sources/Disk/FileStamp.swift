import Glibc

/// What tells whether a file is still the one that was checked: any write, truncation or replacement changes it.
package struct FileStamp: Hashable, Sendable {
    private let device, inode: UInt64
    package let size: Int64
    private let modified, changed: Int64

    /// - Throws: ``FileSystem/Failure``.
    package init(_ descriptor: Int32, path: String) throws(FileSystem.Failure) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileSystem.Failure(call: "fstat", path: path, errno: errno) }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
    }
}
