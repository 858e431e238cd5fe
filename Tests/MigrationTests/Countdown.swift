import Disk
import PostgresTestSupport
import Synchronization

/// Says when something has happened so many times.
final class Countdown: Sendable {
    private let left: Atomic<Int>

    init(_ count: Int) { left = Atomic(count) }

    /// Counts one.
    func isOver() -> Bool { left.subtract(1, ordering: .relaxed).newValue <= 0 }
}

/// Folders that a test begins with.
enum FileSystemFolders {
    static func make(_ path: String) async throws { try await blocking { try FileSystem.makeDirectories(path) } }
}
