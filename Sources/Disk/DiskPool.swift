import NIOPosix

/// The threads that may wait for the disk, hash and compress. NIO's own pool has two threads here and others use it.
///
/// One step is at most a few milliseconds of computing (512 KiB), so uploads and reads take turns. What waits for a
/// thread waits in a queue, in order; its bound is the requests that are open.
package final class DiskPool: TaskExecutor {
    private let pool: NIOThreadPool

    package init(threads: Int = 4) {
        pool = NIOThreadPool(numberOfThreads: threads)
        pool.start()
    }

    /// Runs work on a thread of the pool, which it may block. What runs on the pool already goes on at once, on the
    /// same thread: a step made of several such calls waits for a thread only once.
    package func run<T: Sendable>(_ work: @Sendable () async throws -> T) async throws -> T {
        try await withTaskExecutorPreference(self, operation: work)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        // Also when the pool was shut down, for a task must come to its end; the work is then done where it was asked
        // for.
        pool.submit { _ in job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    package func shutDown() async throws { try await pool.shutdownGracefully() }
}
