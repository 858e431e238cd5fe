import Disk
import BlobStore
import ServiceLifecycle

/// Looks once a second how much room the disk has.
struct DiskGuardService: Service {
    let store: BlobStore

    func run() async throws {
        let (guardian, pool) = (store.diskGuard, store.pool)
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await pool.run { guardian.sample() }
                try? await Task.sleep(for: DiskGuard.sampleInterval)
            }
        }
    }
}
