package import Disk
import Glibc
package import LarderModel
package import Objects

/// Objects in files of a data directory, named by the SHA-256 of their plain content:
///
///     objects/ab/ab34…[.gz]    one of 256 folders for each first byte; behind the name, in a shared folder, `.5f0c…`:
///                              16 random bytes, the object's place
///     incoming/…               what is being received; emptied at start
///     quarantine/ab34….12345   damaged files, with the time at which they were moved; made when there is one
///
/// An object is placed by fsync, rename and fsync of its folder. Whatever blocks here does so on the threads of a
/// ``DiskPool``.
package final class ObjectsOnDisk: ObjectBackend {
    let path: String
    let pool: DiskPool
    /// `file:///…`, of a folder that is not the data directory; nil: it is.
    package let address: String?
    /// Whether other nodes keep their objects here, too: then each gets a place of its own, and nothing of theirs is
    /// taken away.
    package let givesPlaces: Bool

    /// Makes the folders where they are missing, and empties `incoming/`. Blocks.
    /// - Throws: `LarderError` for the person who starts the server.
    package init(_ directory: DataDirectory, pool: DiskPool) throws(LarderError) {
        path = directory.path
        address = nil
        givesPlaces = false
        self.pool = pool
        try prepare()
    }

    /// Keeps them in a folder outside of the data directory, which nothing is done with before it was looked at
    /// (``check(for:)``). Blocks.
    /// - Parameters:
    ///   - folder: an absolute path.
    ///   - isShared: whether other nodes keep theirs here, too.
    /// - Throws: `LarderError` when there is none.
    package init(folder: String, isShared: Bool, pool: DiskPool) throws(LarderError) {
        path = folder
        givesPlaces = isShared
        address = "file://\(folder)"
        self.pool = pool
        var isThere = false
        do { isThere = try FileSystem.identity(folder) != nil } catch { throw Self.unusable(folder, error) }
        guard isThere else {
            throw LarderError(.internalError, "there is no folder \(folder) for the objects (--objects): make it first")
        }
    }

    private static func unusable(_ path: String, _ error: any Error) -> LarderError {
        LarderError(.internalError, "can't use the folder \(path): \(error)")
    }

    func prepare() throws(LarderError) {
        do {
            try FileSystem.makeDirectory(objectsPath)
            try FileSystem.makeDirectory(incomingPath)
            if !givesPlaces {
                for name in try FileSystem.list(incomingPath) { try FileSystem.remove("\(incomingPath)/\(name)") }
            }
            for shard in 0..<256 { try FileSystem.makeDirectory(folder(UInt8(shard))) }
            try FileSystem.syncDirectory(objectsPath)
            try FileSystem.syncDirectory(path)
        } catch {
            throw LarderError(
                .internalError, "can't use the \(address == nil ? "data directory" : "folder") \(path): \(error)")
        }
    }

    private var objectsPath: String { path + "/objects" }
    var incomingPath: String { path + "/incoming" }
    var quarantinePath: String { path + "/quarantine" }

    func folder(_ shard: UInt8) -> String { "\(objectsPath)/\([shard].hex)" }
    func folder(of digest: Digest) -> String { "\(objectsPath)/\(digest.hex.prefix(2))" }

    /// Where an object's file lies.
    package func path(_ locator: ObjectLocator) -> String { "\(folder(of: locator.digest))/\(locator.name)" }

    /// Runs blocking work on the pool.
    /// - Throws: `LarderError`; ``FileSystem/SyncFailure``.
    func onDisk<R: Sendable>(_ work: @Sendable () throws -> R) async throws -> R {
        do { return try await pool.run { try work() } } catch let failure as FileSystem.Failure {
            throw failure.larderError
        }
    }

    package var kind: String { "disk" }

    package func makeSink() -> any ObjectSink { FileSink(self) }

    package func open(_ locator: ObjectLocator) async throws -> (any ObjectSource)? {
        try await onDisk { [self] in try openFile(locator) }
    }

    /// Blocks.
    func openFile(_ locator: ObjectLocator) throws(FileSystem.Failure) -> FileSource? {
        let path = path(locator)
        do { return try FileSource(path, descriptor: FileSystem.openFile(path, O_RDONLY), pool: pool) } catch {
            if error.isMissing || error.isOdd { return nil }
            throw error
        }
    }

    package func stat(_ locator: ObjectLocator) async throws -> ObjectStatus? {
        try await onDisk { [self] in
            try FileSystem.status(path(locator)).map { status in
                let age = WallClock.system.now().wholeSeconds - status.changedSeconds
                return ObjectStatus(size: status.size, age: .seconds(age))
            }
        }
    }

    package func remove(_ locator: ObjectLocator) async throws {
        try await onDisk { [self] in
            do { try FileSystem.remove(path(locator)) } catch let error as FileSystem.Failure where error.isOdd {
                try setAside(locator)
            }
        }
    }

    /// By another name of the same file: files of objects are written once, and replaced and removed by their names.
    package func adopt(_ locator: ObjectLocator, from other: any ObjectBackend) async throws -> Bool {
        guard let other = other as? ObjectsOnDisk, !givesPlaces, !other.givesPlaces else { return false }
        return try await onDisk { [self] in
            guard try FileSystem.link(other.path(locator), to: path(locator)) else { return false }
            try FileSystem.syncDirectory(folder(of: locator.digest))
            return true
        }
    }

    package func list(shard: UInt8) async throws -> ObjectListing {
        try await onDisk { [self] in
            var listing = ObjectListing()
            for name in try FileSystem.list(folder(shard)) {
                if let locator = ObjectLocator(name: name), locator.digest.bytes.first == shard {
                    listing.objects.insert(locator)
                } else {
                    listing.foreign.append("\([shard].hex)/\(name)")
                }
            }
            return listing
        }
    }

    package func quarantine(_ locator: ObjectLocator, ifStill stamp: ObjectStamp) async throws -> Bool {
        try await onDisk { [self] in
            guard try openFile(locator)?.stamp == stamp else { return false }
            try setAside(locator)
            return true
        }
    }

    /// For others' uploads.
    package var strayAge: Duration? { givesPlaces ? .seconds(3_600) : nil }

    package func removeRemains() async throws -> Int {
        guard let strayAge else { return 0 }
        return try await onDisk { [self] in
            var count = 0
            let now = WallClock.system.now().wholeSeconds
            for name in try FileSystem.list(incomingPath) {
                let path = "\(incomingPath)/\(name)"
                guard let status = try FileSystem.status(path),
                    .seconds(now - status.changedSeconds) > strayAge
                else { continue }
                try FileSystem.remove(path)
                count += 1
            }
            return count
        }
    }

    /// Moves what lies in an object's place into `quarantine/`, whatever it is. Blocks.
    func setAside(_ locator: ObjectLocator) throws {
        if try FileSystem.makeDirectory(quarantinePath) { try FileSystem.syncDirectory(path) }
        let target = "\(quarantinePath)/\(locator.name).\(WallClock.system.now().milliseconds)"
        try FileSystem.rename(path(locator), to: target)
        try FileSystem.syncDirectory(quarantinePath)
        try FileSystem.syncDirectory(folder(of: locator.digest))
    }

    /// Whether a data directory has anything in the place of an object. Changes nothing. Blocks.
    /// - Throws: `LarderError` for the person who starts the server.
    package static func holdsObjects(_ directory: DataDirectory) throws(LarderError) -> Bool {
        do {
            let objects = directory.path + "/objects"
            guard try FileSystem.identity(objects) != nil else { return false }
            for shard in try FileSystem.list(objects) where shard.utf8.count == 2 {
                if try !FileSystem.list("\(objects)/\(shard)").isEmpty { return true }
            }
            return false
        } catch { throw LarderError(.internalError, "can't use the data directory \(directory.path): \(error)") }
    }
}
