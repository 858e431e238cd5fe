import BlobStore
import Disk
import Index
import Objects

/// Opens what keeps large content outside of a data directory.
struct ObjectsOpening: Sendable {
    /// A data directory where uploads may be spooled, when there is no other.
    let spareDirectory: String
    let pool: DiskPool

    /// - Parameter directory: where uploads are spooled; nil: the spare one.
    /// - Returns: the backend, and the directory when that was opened for it.
    func elsewhere(
        _ engines: Engines, _ directory: DataDirectory?
    ) async throws -> (any ObjectBackend, DataDirectory?) {
        try await pool.run {
            if let directory { return (try engines.objects(directory, pool), nil) }
            let spare = try DataDirectory(spareDirectory)
            return (try engines.objects(spare, pool), spare)
        }
    }

    /// Looks whether it is an index's, by what that notes of itself.
    /// - Parameter mayMark: whether one that is nobody's becomes that index's.
    func settle(
        _ backend: any ObjectBackend, _ facts: [String: [UInt8]], hasObjects: Bool, mayMark: Bool
    ) async throws {
        let owner = ObjectOwner(identity: facts[IndexFact.identity.rawValue] ?? [], hasObjects: hasObjects)
        let isMarked = try await backend.check(for: owner)
        if !isMarked, mayMark { try await backend.mark(for: owner) }
    }
}
