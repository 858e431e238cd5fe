import PostgresTestSupport
import S3TestSupport
import Testing

/// Several servers that are one Larder: one schema of the shared database, one bucket; a data directory and a name
/// each.
enum Nodes {
    /// Runs `body` with started nodes, `node-1` first. Afterwards their processes, folders, schema and bucket are gone,
    /// whatever happened. Each can be stopped, killed and started again.
    ///
    /// Nodes notice each other within two seconds, and tell each other nothing before: what a test sees sooner it owes
    /// to the rows alone.
    /// - Parameters:
    ///   - arguments: of each node.
    ///   - environment: of each node.
    static func with<R>(
        _ count: Int = 2, _ arguments: [String] = [], environment: [String: String] = [:],
        _ body: ([LarderProcess]) async throws -> R
    ) async throws -> R {
        try await withSchema { server, schema in
            let bucket = try await S3TestServer.shared.makeBucket()
            let result: Result<R, any Error>
            let engines = [
                "--index", server.url(schema: schema), "--objects", bucket.address, "--accept-unsafe",
            ]
            do {
                result = .success(
                    try await start(
                        count, engines + arguments,
                        environment.merging(BucketKeys.right) { setting, _ in setting }, [], body))
            } catch { result = .failure(error) }
            try? await bucket.forget()
            return try result.get()
        }
    }

    private static func start<R>(
        _ count: Int, _ arguments: [String], _ environment: [String: String], _ started: [LarderProcess],
        _ body: ([LarderProcess]) async throws -> R
    ) async throws -> R {
        guard started.count < count else {
            for node in started { try await node.untilReady() }
            return try await body(started)
        }
        let named = ["--node", "node-\(started.count + 1)"]
        return try await LarderProcess.with(arguments + named, environment: environment) { node in
            try await start(count, arguments, environment, started + [node], body)
        }
    }
}
