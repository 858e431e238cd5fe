/// What is left on a file system.
package struct DiskRoom: Hashable, Sendable {
    /// Bytes free for us, and all there are.
    package let free: Int64
    package let total: Int64
    /// Files and folders that can still be made; nil where the file system makes room for them as it goes.
    package let freeFiles: Int64?

    package init(free: Int64, total: Int64, freeFiles: Int64?) {
        self.free = free
        self.total = total
        self.freeFiles = freeFiles
    }
}
