import Foundation

/// A program of the system, run to its end.
enum Tool {
    static func run(_ arguments: [String], within limit: Duration = .seconds(30)) async throws -> Larder.Outcome {
        let child = try await ChildProcess.start(
            arguments, environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/tmp"])
        let ending = try? await EndToEndTests.within(limit, arguments[0]) { await child.ending.wait() }
        guard let ending = ending ?? nil else {
            await child.destroy()
            throw LarderProcess.Failure(description: "\(arguments) did not end: \(child.errors.text)")
        }
        return Larder.Outcome(ending: ending, output: child.output.text, errors: child.errors.text)
    }

    /// Runs `body` with the environment of a client that starts a `larder serve` by itself, one after the other on one
    /// data directory: the engines under test are in it.
    static func withEngines<Result>(_ body: ([String: String]) async throws -> Result) async throws -> Result {
        try await TemporaryFolder.with { folder in
            let engines = try await TestPlace.environment(for: ["serve"], [:], home: folder.path)
            return try await body(
                ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/tmp"].merging(engines) { $1 })
        }
    }

    static func isThere(_ paths: String...) -> Bool { paths.allSatisfy { access($0, X_OK) == 0 } }
}
