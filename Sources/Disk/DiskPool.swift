import NIOPosix

/// The threads that may wait for the disk, hash and compress. NIO's own pool has two threads here and others use it.
///
/// One task is one step of at most a few milliseconds of computing (512 KiB), so uploads and reads take turns.
package final class DiskPool: Sendable {
    private let pool: NIOThreadPool

    package init(threads: Int = 4) {
        pool = NIOThreadPool(numberOfThreads: threads)
        pool.start()
    }

    /// Runs blocking work on a thread of the pool. Waits behind other work without blocking the caller's thread.
    package func run<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await pool.runIfActive(work)
    }

    /// Starts work that nobody waits for.
    package func start(_ work: @escaping @Sendable () -> Void) {
        pool.submit { state in
            if case .active = state { work() }
        }
    }

    package func shutDown() async throws { try await pool.shutdownGracefully() }
}
