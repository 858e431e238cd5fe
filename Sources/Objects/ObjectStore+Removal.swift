import Disk
import Glibc
import LarderModel

extension ObjectStore {
    /// Files of one of the 256 folders, and names in it that are no object's. Blocks.
    package func files(inShard shard: Int) throws -> (objects: Set<ObjectFileName>, foreign: [String]) {
        var objects: Set<ObjectFileName> = []
        var foreign: [String] = []
        let folder = [UInt8(shard)].hex
        for text in try FileSystem.list("\(directory.objectsPath)/\(folder)") {
            if let name = ObjectFileName(text), text.hasPrefix(folder) {
                objects.insert(name)
            } else {
                foreign.append("\(folder)/\(text)")
            }
        }
        return (objects, foreign)
    }

    /// How long ago the file was last written or moved here, by the machine's clock, and its bytes; nil when it is
    /// gone. Blocks.
    package func age(_ name: ObjectFileName) throws(FileSystem.Failure) -> (age: Duration, size: Int64)? {
        let path = path(name.digest, name.encoding)
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw FileSystem.Failure(call: "stat", path: path, errno: errno)
        }
        let changed = max(status.st_mtim.tv_sec, status.st_ctim.tv_sec)
        return (.seconds(WallClock.system.now().wholeSeconds - Int64(changed)), Int64(status.st_size))
    }

    /// Takes an object's file away if nobody claims its digest: a rename into `incoming/`, which takes microseconds
    /// whatever the file's size, so the index's writer can do it. ``dispose(_:)`` does the rest; if the process ends
    /// before, the next start does.
    /// - Returns: where it is now; nil when it was claimed or missing.
    package func setAside(_ name: ObjectFileName) throws -> String? {
        var random = SystemRandomNumberGenerator()
        let aside = "\(directory.incomingPath)/gone-\(String(random.next(), radix: 16))"
        var isMissing = false
        let ran = try claims.whileUnclaimed(name.digest) {
            do { try FileSystem.rename(path(name.digest, name.encoding), to: aside) } catch let failure
                as FileSystem.Failure where failure.isMissing
            {
                isMissing = true
            }
        }
        return ran && !isMissing ? aside : nil
    }

    /// Removes what was set aside, on the pool.
    package func dispose(_ paths: [String]) async throws {
        guard !paths.isEmpty else { return }
        try await pool.run { for path in paths { try FileSystem.remove(path) } }
    }

    /// Moves a damaged file to `quarantine/` if nobody claims its digest and it is still the very file that was
    /// checked: one that was written again meanwhile is another, and healthy. For the index's writer: a rename and two
    /// looks.
    /// - Returns: whether it was moved.
    package func moveToQuarantine(_ name: ObjectFileName, _ checked: FileStamp) throws -> Bool {
        let path = path(name.digest, name.encoding)
        let target = "\(directory.quarantinePath)/\(name.text).\(WallClock.system.now().milliseconds)"
        var isMoved = false
        _ = try claims.whileUnclaimed(name.digest) {
            let descriptor: Int32
            do { descriptor = try FileSystem.open(path, O_RDONLY) } catch let failure as FileSystem.Failure
                where failure.isMissing
            { return }
            defer { FileSystem.close(descriptor) }
            guard try FileStamp(descriptor, path: path) == checked else { return }
            try FileSystem.rename(path, to: target)
            isMoved = true
        }
        return isMoved
    }

    /// Makes the folder for damaged files, durably. Blocks.
    package func prepareQuarantine() throws {
        if try FileSystem.makeDirectory(directory.quarantinePath) { try FileSystem.syncDirectory(directory.path) }
    }

    /// Makes the move of damaged files durable. Blocks.
    package func syncQuarantine(_ name: ObjectFileName) throws {
        try FileSystem.syncDirectory(directory.quarantinePath)
        try FileSystem.syncDirectory("\(directory.objectsPath)/\(name.digest.hex.prefix(2))")
    }
}
