import BlobStore
import IndexOnSQLite
import LarderModel
import ObjectsOnDisk

extension Engines {
    /// The engines of this program: everything in the data directory.
    static let local = Engines(
        index: { SQLiteEngine(path: $0) },
        objects: { directory, pool throws(LarderError) in try ObjectsOnDisk(directory, pool: pool) },
        holdsObjects: { directory throws(LarderError) in try ObjectsOnDisk.holdsObjects(directory) })
}
