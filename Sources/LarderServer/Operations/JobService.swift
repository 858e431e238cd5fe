import Housekeeping
import ServiceLifecycle

/// Runs jobs for as long as the server runs; those under way at its end go on at its next start.
struct JobService: Service {
    let jobs: JobRunner

    func run() async throws { await cancelWhenGracefulShutdown { await jobs.run() } }
}
