import Disk
import Foundation
import Objects
import ObjectsOnDisk
import Testing

/// A data directory with objects, and what lies in it.
struct ObjectFolder: Sendable {
    let backend: ObjectsOnDisk
    let path: String
    private let pool: DiskPool

    init(_ directory: DataDirectory, pool: DiskPool) throws {
        backend = try ObjectsOnDisk(directory, pool: pool)
        path = directory.path
        self.pool = pool
    }

    func path(_ object: StagedObject) -> String {
        backend.path(ObjectLocator(object.digest, object.encoding))
    }

    /// What lies in `incoming/`, once everything given to the pool so far is done.
    func incoming() async throws -> [String] { try await pool.run { try FileSystem.list(path + "/incoming") } }

    /// Names of all object files.
    func files() async throws -> [String] {
        try await pool.run {
            try FileSystem.list(path + "/objects").flatMap { try FileSystem.list("\(path)/objects/\($0)") }
        }
    }
}

/// Runs `body` with a data directory of its own, which is removed whatever happens. The pool has one thread, so work
/// given to it runs in the order it was given: a test that waits for its own step has waited for all before it.
func withObjectsOnDisk<R>(_ body: (ObjectStore, ObjectFolder) async throws -> R) async throws -> R {
    let path = FileManager.default.temporaryDirectory.path + "/larder-objects-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let pool = DiskPool(threads: 1)
    let result: Result<R, any Error>
    do {
        let folder = try ObjectFolder(try DataDirectory(path), pool: pool)
        result = .success(try await body(ObjectStore(folder.backend, pool: pool), folder))
    } catch { result = .failure(error) }
    try await pool.shutDown()
    return try result.get()
}

func permissions(_ path: String) throws -> Int? {
    (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
}
