package import Disk
import Glibc
package import LarderModel
package import NIOCore
package import Objects

/// A repository in a folder, on a disk or a mounted share. A file is written in `incoming/`, fsynced, renamed to its
/// place, and the directory fsynced.
package final class RepositoryInFolder: RepositoryStorage {
    package let pool: DiskPool
    private let path: String

    /// Where files are before they are whole.
    static let incoming = "incoming"
    /// Folders within each other that a listing goes into; ours have three.
    private static let depthMax = 8

    /// Asks the disk nothing yet.
    /// - Parameter path: of the folder; it is made when something is written to it.
    package init(_ path: String, pool: DiskPool) {
        self.path = path
        self.pool = pool
    }

    package var place: String { path }

    package func isEmpty() async throws -> Bool {
        try await onDisk { [path] in
            do { return try FileSystem.list(path).allSatisfy { $0 == Self.incoming } } catch let failure
                as FileSystem.Failure where failure.isMissing
            { return true }
        }
    }

    package func open(_ name: String) async throws -> (any ObjectSource)? {
        let path = try full(name)
        return try await onDisk { [pool] in
            do { return try FileSource(path, descriptor: FileSystem.openFile(path, O_RDONLY), pool: pool) } catch let
                failure as FileSystem.Failure where failure.isNowhere
            { return nil }
        }
    }

    package func write(_ name: String, _ bytes: ByteBuffer) async throws {
        let sink = makeSink(name)
        do {
            try await sink.write(bytes)
            try await sink.finish()
        } catch {
            await sink.discard()
            throw error
        }
    }

    package func makeSink(_ name: String) -> any RepositorySink { FolderSink(self, name) }

    package func list(_ folder: String) async throws -> [RepositoryFile] {
        let folder = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        try RepositoryFile.check(folder)
        return try await onDisk { [self] in
            var files: [RepositoryFile] = []
            try list(folder, depth: 0, into: &files)
            return files
        }
    }

    private func list(_ folder: String, depth: Int, into files: inout [RepositoryFile]) throws {
        let names: [String]
        do { names = try FileSystem.list("\(path)/\(folder)") } catch {
            if error.isNowhere { return }
            throw error
        }
        for name in names.map({ "\(folder)/\($0)" }) where RepositoryFile.isName(name) {
            if let file = try FileSystem.status("\(path)/\(name)") {
                let time = Timestamp(milliseconds: file.changedSeconds * 1_000)
                files.append(RepositoryFile(name: name, size: file.size, modifiedAt: time))
            } else if depth < Self.depthMax {
                try list(name, depth: depth + 1, into: &files)
            }
        }
    }

    package func remove(_ name: String) async throws {
        let path = try full(name)
        try await onDisk {
            do { try FileSystem.remove(path) } catch let failure as FileSystem.Failure where failure.isNowhere {}
        }
    }

    package func removeRemains(before time: Timestamp) async throws -> Int {
        let left = try await list(Self.incoming).filter { $0.modifiedAt < time }
        for file in left { try await remove(file.name) }
        return left.count
    }

    // MARK: For its sinks

    /// The path of a file.
    func full(_ name: String) throws(LarderError) -> String {
        try RepositoryFile.check(name)
        return "\(path)/\(name)"
    }

    /// Makes the folder that a file will be in, and those above it, durably. Blocks.
    func makeFolder(of name: String) throws {
        try FileSystem.makeDirectories(path)
        var folder = path
        for part in name.split(separator: "/").dropLast() {
            let above = folder
            folder += "/\(part)"
            if try FileSystem.makeDirectory(folder) { try FileSystem.syncDirectory(above) }
        }
    }

    /// Runs blocking work on the pool.
    /// - Throws: `LarderError` that names the place.
    func onDisk<R: Sendable>(_ work: @Sendable () throws -> R) async throws -> R {
        do { return try await pool.run { try work() } } catch let failure as FileSystem.Failure {
            throw error(failure)
        } catch let failure as FileSystem.SyncFailure { throw error(failure.failure) }
    }

    private func error(_ failure: FileSystem.Failure) -> LarderError {
        failure.isDiskFull
            ? LarderError(.diskFull, "The repository \(place) is full: make room and try again.", cause: "\(failure)")
            : LarderError(.unavailable, "The repository \(place) can't be used: \(failure)")
    }
}

extension FileSystem.Failure {
    /// Whether there is nothing of that name, nor can be.
    fileprivate var isNowhere: Bool { isMissing || errno == ENOTDIR }
}
