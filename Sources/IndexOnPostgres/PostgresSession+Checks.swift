import CPostgres
import Foundation
import Index
import LarderModel

/// What a server must be for Larder to stand on it. Each refusal is one line for who starts it; nothing is changed.
extension PostgresSession {
    /// PostgreSQL's version number, as in `server_version_num`.
    private static let oldest = 140_000
    /// Between its clock and ours.
    private static let clockDifferenceMax: Int64 = 2_000

    /// - Parameter acceptsUnsafe: passes over what may lose what was confirmed, and the clock.
    func checkServer(_ place: String, acceptsUnsafe: Bool) throws {
        try checkDirect(place)
        try checkPrimary(place)
        let version = Int(try setting("server_version_num")) ?? 0
        guard version >= Self.oldest else {
            throw unfit(place, "is PostgreSQL \(try setting("server_version")); Larder needs 14 or newer")
        }
        let encoding = try setting("server_encoding")
        guard encoding == "UTF8" else {
            throw unfit(place, "has the encoding \(encoding); make the database with ENCODING 'UTF8'")
        }
        guard try one("SELECT COALESCE(current_schema(), '') <> ''", { _ in }, { $0.int(0) }) == 1 else {
            throw unfit(place, "has no schema for the tables: what its search_path names is not there")
        }
        guard !acceptsUnsafe else { return }
        for name in ["fsync", "full_page_writes"] where try setting(name) != "on" {
            throw unfit(place, "has \(name) off: it may lose what it confirmed; set it on")
        }
        guard try setting("synchronous_commit") != "off" else {
            throw unfit(place, "has synchronous_commit off: it may lose what it confirmed; set it on")
        }
        try checkClock(place)
    }

    /// - Throws: ``SQLFailure`` of kind `away` for a standby: it may become the primary, or the URL may find one later.
    func checkPrimary(_ place: String) throws(SQLFailure) {
        var isStandby = false
        do { isStandby = try one("SELECT pg_is_in_recovery()") { $0.int(0) } == 1 } catch {
            throw error as? SQLFailure ?? SQLFailure(.other, "\(error)")
        }
        guard isStandby else { return }
        throw SQLFailure(
            .away,
            "\(place) is a standby, which takes no writes; name the primary, or all servers with "
                + "?target_session_attrs=read-write")
    }

    /// Prepared statements, and locks that belong to a session, break behind a pooler that gives each transaction
    /// another one. So this is asked first, and without one.
    private func checkDirect(_ place: String) throws {
        let backend = larder_pq_backendPID(connection.handle)
        do {
            try connection.execute("DO $$BEGIN IF pg_backend_pid() <> \(backend) THEN RAISE 'pooler'; END IF; END$$")
        } catch {
            guard error.kind == .other else { throw error }
            throw unfit(place, "is a connection pooler; Larder needs the server itself")
        }
    }

    private func checkClock(_ place: String) throws {
        let before = Self.now()
        let there = try time()?.milliseconds ?? 0
        let after = Self.now()
        let difference = there < before ? before - there : max(there - after, 0)
        guard difference <= Self.clockDifferenceMax else {
            throw unfit(
                place, "has a clock \(difference / 1_000) s from this machine's; more than 2 s is too much")
        }
    }

    private static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }

    private func setting(_ name: String) throws -> String {
        try one("SELECT current_setting(?1)") {
            $0.set(1, name)
        } _: {
            $0.string(0)
        } ?? ""
    }

    private func unfit(_ place: String, _ what: String) -> SQLFailure { SQLFailure(.unfit, "\(place) \(what)") }
}
