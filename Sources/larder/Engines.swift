import BlobStore
import Disk
import Foundation
import Index
import IndexOnPostgres
import IndexOnSQLite
import LarderModel
import Objects
import ObjectsOnDisk
import ObjectsOnS3
import S3
import SigV4

extension Engines {
    /// The engines of this program: everything in the data directory.
    static let local = engines { directory, pool throws(LarderError) in try ObjectsOnDisk(directory, pool: pool) }

    /// The same, with objects where they are wanted.
    /// - Parameters:
    ///   - objects: `s3://bucket/prefix?endpoint=…&region=…`, whose keys are in `AWS_ACCESS_KEY_ID` and its kin, or
    ///     `file:///folder`; nil: the data directory.
    ///   - isShared: whether several nodes keep them there.
    ///   - acceptsUnsafe: whether a bucket will do that does not keep what is asked of one.
    /// - Throws: `LarderError` for the person who gave the address. It repeats neither that nor a key.
    static func with(objects: String?, isShared: Bool = false, acceptsUnsafe: Bool) throws(LarderError) -> Engines {
        guard let objects else { return local }
        if objects.hasPrefix("file://") {
            let folder = String(objects.dropFirst("file://".count))
            guard folder.hasPrefix("/"), folder.count > 1 else {
                throw LarderError(
                    .malformedRequest, "the address of the objects (--objects) is not usable: it is not file:///FOLDER")
            }
            return engines { _, pool throws(LarderError) in
                try ObjectsOnDisk(folder: folder, isShared: isShared, pool: pool)
            }
        }
        let environment = ProcessInfo.processInfo.environment
        let region = environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"]
        let address = try S3Address(parsing: objects, region: region, option: "--objects")
        let keys = try AccessKeys.found()
        return engines { directory, pool throws(LarderError) in
            try ObjectsOnS3(address, keys, directory: directory, pool: pool, acceptsUnsafe: acceptsUnsafe)
        }
    }

    private static func engines(
        objects: @escaping @Sendable (DataDirectory, DiskPool) throws(LarderError) -> any ObjectBackend
    ) -> Engines {
        Engines(
            index: { SQLiteEngine(path: $0) }, objects: objects,
            holdsObjects: { directory throws(LarderError) in try ObjectsOnDisk.holdsObjects(directory) })
    }

    /// The same, with the index in a database where one is named.
    /// - Parameters:
    ///   - index: `postgres://…`; nil: in the data directory.
    ///   - objects: as ``with(objects:acceptsUnsafe:)``.
    ///   - acceptsUnsafe: whether engines will do that do not keep what is asked of them.
    ///   - isAlone: whether no server may have the index open meanwhile.
    /// - Throws: `LarderError` for who starts the server.
    static func with(index: String?, objects: String?, acceptsUnsafe: Bool, isAlone: Bool = false)
        throws(LarderError) -> Engines
    {
        let engines = try with(objects: objects, isShared: index != nil, acceptsUnsafe: acceptsUnsafe)
        guard let index else { return engines }
        let engine: PostgresEngine
        do { engine = try PostgresEngine(url: index, acceptsUnsafe: acceptsUnsafe, isAlone: isAlone) } catch {
            throw LarderError(.internalError, error.description)
        }
        return Engines(index: { _ in engine }, objects: engines.objects, holdsObjects: engines.holdsObjects)
    }

    /// The engine of an index that is named by itself.
    /// - Parameter place: a data directory, or `postgres://…`.
    /// - Throws: `LarderError` for who named it.
    static func index(at place: String, acceptsUnsafe: Bool) throws(LarderError) -> any SQLEngine {
        let isFolder = !place.contains("://")
        return try with(index: isFolder ? nil : place, objects: nil, acceptsUnsafe: acceptsUnsafe, isAlone: true)
            .index(isFolder ? DataDirectory.indexPath(in: place) : "")
    }
}
