import Disk
import ObjectConformance
import Objects

/// Runs `body` with objects that are kept in memory, in either way that backends name them.
func withObjects(_ body: (ObjectStore) async throws -> Void) async throws {
    for ownPlaces in [false, true] {
        let pool = DiskPool(threads: 2)
        do { try await body(ObjectStore(ObjectsInMemory(ownPlaces: ownPlaces), pool: pool)) } catch {
            try await pool.shutDown()
            throw error
        }
        try await pool.shutDown()
    }
}
