import Access
import Logging
import ServiceLifecycle

/// Keeps what this node has in memory of tokens, secrets and sessions as the index has it, where other nodes change
/// that too: it looks when one of them says so, and every two seconds whether one did.
struct AccessService: Service {
    /// What is told may be lost; then this, and one look, is how long a right outlives its end here.
    static let interval = Duration.seconds(2)

    let access: AccessControl
    let logger: Logger

    func run() async throws {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        access.whenChanged { wake.yield() }
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: Self.interval)
                        wake.yield()
                    }
                }
                for await _ in wakes { await keepUp() }
                group.cancelAll()
            }
        }
    }

    private func keepUp() async {
        do { try await access.keepUp() } catch {
            // While the database is away the log says so once, elsewhere.
            logger.debug("access was not looked at", metadata: ["cause": "\(error)"])
        }
    }
}
