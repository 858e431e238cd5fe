import Foundation
import Index
import IndexOnPostgres
import PostgresTestSupport
import Testing

/// Runs `body` with the URL of an empty place in a database, which is removed whatever happens.
func withPlace<R>(_ body: (String) async throws -> R) async throws -> R {
    try await withSchema { server, schema in try await body(server.url(schema: schema)) }
}
