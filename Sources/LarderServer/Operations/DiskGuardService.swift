import Disk
import BlobStore
import ServiceLifecycle

/// Looks once a second how much room the disk has.
struct DiskGuardService: Service {
    let blobs: BlobStore

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await blobs.sampleDisk()
                try? await Task.sleep(for: DiskGuard.sampleInterval)
            }
        }
    }
}
