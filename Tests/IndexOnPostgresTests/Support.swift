import Foundation
import Index
import IndexOnPostgres
import PostgresTestSupport
import Testing

/// Runs `body` with the URL of an empty place in a database, which is removed whatever happens.
func withPlace<R>(_ body: (String) async throws -> R) async throws -> R {
    let server = try PostgresServer.shared.get()
    let schema = try server.makeSchema()
    defer { try? server.dropSchema(schema) }
    return try await body(server.url(schema: schema))
}
