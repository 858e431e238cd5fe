import Disk
import LarderModel
import Objects

/// What a store stands on. Only the program's assembly knows which there are.
package struct Engines: Sendable {
    /// Makes what keeps objects, in a data directory that this process holds. Blocks.
    package let objects: @Sendable (DataDirectory, DiskPool) throws(LarderError) -> any ObjectBackend

    package init(
        objects: @escaping @Sendable (DataDirectory, DiskPool) throws(LarderError) -> any ObjectBackend
    ) {
        self.objects = objects
    }
}
