import LarderModel
import ServiceLifecycle

/// Writes down once a minute how the server is.
struct HealthService: Service {
    let server: ServerContext

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                server.health.note(HealthHistory.Reading(server))
                try? await Task.sleep(for: HealthHistory.interval)
            }
        }
    }
}
