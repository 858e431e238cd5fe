import Disk
import Index
import LarderModel
import Objects

/// What a store stands on. Only the program's assembly knows which there are.
package struct Engines: Sendable {
    /// Names what keeps the index at a path; opens nothing.
    package let index: @Sendable (_ path: String) -> any SQLEngine
    /// Makes what keeps objects, in a data directory that this process holds. Blocks.
    package let objects: @Sendable (DataDirectory, DiskPool) throws(LarderError) -> any ObjectBackend

    package init(
        index: @escaping @Sendable (_ path: String) -> any SQLEngine,
        objects: @escaping @Sendable (DataDirectory, DiskPool) throws(LarderError) -> any ObjectBackend
    ) {
        self.index = index
        self.objects = objects
    }
}
