import Foundation
import PostgresTestSupport
import Testing

/// Runs blocking work of the test server's on a thread that may block.
func blocking<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
}

/// Runs `body` with an empty place in the shared database, which is removed whatever happens.
func withSchema<R>(_ body: (_ server: PostgresServer, _ schema: String) async throws -> R) async throws -> R {
    let server = try await blocking { try PostgresServer.shared.get() }
    let schema = try await blocking { try server.makeSchema() }
    let result: Result<R, any Error>
    do { result = .success(try await body(server, schema)) } catch { result = .failure(error) }
    try await blocking { try server.dropSchema(schema) }
    return try result.get()
}

extension LarderProcess {
    /// Runs `body` with a server whose index is in an empty place of the shared database.
    static func withPostgres<R>(_ body: (LarderProcess) async throws -> R) async throws -> R {
        try await withSchema { server, schema in
            try await with(["--index", server.url(schema: schema), "--accept-unsafe"], body)
        }
    }

    /// Waits until the server can do its work again.
    func untilReady() async throws {
        _ = try await within(.seconds(60), "/readyz") { [self] in
            while try await get("/readyz", as: .nobody).status != 200 {
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// Waits until the server has noticed that its database is away.
    func untilAway() async throws {
        _ = try await within(.seconds(60), "503 of /readyz") { [self] in
            while try await get("/readyz", as: .nobody).status == 200 {
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }
}
