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

    static func isThere(_ paths: String...) -> Bool { paths.allSatisfy { access($0, X_OK) == 0 } }
}
