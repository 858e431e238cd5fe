import LarderModel
import LarderServer
import ObjectsOnDisk

extension Engines {
    /// The engines of this program: everything in the data directory.
    static let local = Engines { directory, pool throws(LarderError) in try ObjectsOnDisk(directory, pool: pool) }
}
