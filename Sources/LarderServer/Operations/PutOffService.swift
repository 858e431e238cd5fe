import BlobStore
import LarderModel
import Logging
import ServiceLifecycle

/// Writes down, about once a second while there are some, which ends of entries reads have put off.
struct PutOffService: Service {
    let blobs: BlobStore
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in blobs.putOffArrivals {
                // Those that come within a second go together.
                try? await Task.sleep(for: .seconds(1))
                await save()
            }
        }
        await save()
    }

    private func save() async {
        do { try await blobs.savePutOff() } catch {
            logger.warning("reads did not put ends off", metadata: ["cause": "\(error)"])
        }
    }
}
