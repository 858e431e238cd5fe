import BlobStore
import LarderModel
import Logging
import ServiceLifecycle

/// Writes down once an hour, and when the server goes down, what each store holds: the last word of a day is that day's
/// point in `GET /v1/growth`.
struct GrowthService: Service {
    let blobs: BlobStore
    let logger: Logger

    private static let interval = Duration.seconds(3_600)
    /// Not at once: a start has better things to do, and many servers are started for a moment only.
    private static let firstAfter = Duration.seconds(300)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var wait = Self.firstAfter
            while !Task.isCancelled {
                try? await Task.sleep(for: wait)
                guard !Task.isCancelled else { break }
                await Self.record(blobs, logger)
                wait = Self.interval
            }
        }
    }

    /// Writes it down now.
    static func record(_ blobs: BlobStore, _ logger: Logger) async {
        // A server that takes no more writes says so elsewhere.
        // All nodes would write the same.
        guard blobs.readOnlyReason == nil, blobs.pauseReason == nil, blobs.isFirstNode else { return }
        do { try await blobs.recordGrowth() } catch {
            logger.warning("the stores' sizes were not noted", metadata: ["cause": "\(error)"])
        }
    }
}
