import Foundation

/// A folder of its own that goes away with the value; for suites that keep one. Elsewhere ``with(_:)`` says better how
/// long it stays.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        path = FileManager.default.temporaryDirectory.path + "/larder-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Runs `body` with the path of a new folder, which is removed whatever happens.
    package static func with<R>(_ body: (String) async throws -> R) async throws -> R {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        return try await body(folder.path)
    }

    /// The same for a body that doesn't wait.
    package static func with<R>(_ body: (String) throws -> R) throws -> R {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        return try body(folder.path)
    }
}
