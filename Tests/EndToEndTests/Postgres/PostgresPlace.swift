import PostgresTestSupport
import Testing

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
