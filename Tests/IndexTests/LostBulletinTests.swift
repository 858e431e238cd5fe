import Foundation
import IndexOnPostgres
import LarderModel
import PostgresTestSupport
import Testing

@testable import Index

/// A connection that is lost on its way, so that the server goes on believing in it.
@Suite("A node whose listening connection was lost", .timeLimit(.minutes(5)))
struct LostBulletinTests {
    @Test("beats again where the server still has the old connection, with the lock of the node's number")
    func lost() async throws {
        try await withSchema { server, schema in
            let index = try await blocking {
                try EntryIndex(engine: try PostgresEngine(url: server.url(schema: schema), acceptsUnsafe: true))
            }
            defer { index.close() }
            let place = "hashtext('\(schema)/node')"
            func holders(granted: Bool) async throws -> [String] {
                let sql = """
                    SELECT a.pid, a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
                    WHERE l.locktype = 'advisory' AND l.granted = \(granted)
                    AND l.classid::bigint = (\(place)::bigint & 4294967295)
                    """
                return try await blocking { try server.sql(sql) }.split(separator: "\n").map { String($0) }
            }
            let first = try #require(try await holders(granted: true).first).split(separator: "|")
            // Another session of the same name waits for the lock, and has it when the node's own connection is gone.
            let stuck = Process()
            stuck.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            stuck.arguments = [
                "psql", "-X", "-q", server.url(schema: schema), "-c", "SELECT pg_advisory_lock(\(place), 1)", "-c",
                "SELECT pg_sleep(600)",
            ]
            stuck.environment = ProcessInfo.processInfo.environment.merging(["PGAPPNAME": String(first[1])]) { $1 }
            stuck.standardOutput = FileHandle.nullDevice
            stuck.standardError = FileHandle.nullDevice
            try stuck.run()
            defer { if stuck.isRunning { stuck.terminate() } }
            while try await holders(granted: false).isEmpty { try await Task.sleep(for: .milliseconds(20)) }
            _ = try await blocking { try server.sql("SELECT pg_terminate_backend(\(first[0]))") }

            // psql ends only when somebody ends its session: the node that wants its number back.
            try await blocking { stuck.waitUntilExit() }
            while try await holders(granted: true).isEmpty { try await Task.sleep(for: .milliseconds(20)) }
            let again = try #require(try await holders(granted: true).first).split(separator: "|")
            #expect(again[1] == first[1])
            #expect(again[0] != first[0])
        }
    }
}
