import Foundation

/// Runs blocking work, such as the test server's, on a thread that may block.
package func blocking<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
}

/// Runs `body` with an empty place in the shared database, which is removed whatever happens.
package func withSchema<R>(_ body: (_ server: PostgresServer, _ schema: String) async throws -> R) async throws -> R {
    let server = try await blocking { try PostgresServer.shared.get() }
    let schema = try await blocking { try server.makeSchema() }
    let result: Result<R, any Error>
    do { result = .success(try await body(server, schema)) } catch { result = .failure(error) }
    try await blocking { try server.dropSchema(schema) }
    return try result.get()
}
