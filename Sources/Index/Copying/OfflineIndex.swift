package import LarderModel

/// An index that no server has open, and its rows as they are, below all rules: for copying one index into another.
///
/// Every call blocks, and one thread at a time calls. What fails is a `LarderError` for the person at the command line.
package final class OfflineIndex: Sendable {
    /// Where it is, for people.
    package let place: String
    private let database: any SQLDatabase

    /// How often a transaction is tried that the engine takes back.
    private static let attemptsMax = 4

    /// Opens an index, and makes it where there is none; it is brought up to date. Nobody else can open it until
    /// ``close()``.
    /// - Parameter schema: up to which of ``schemas`` it is brought, for rows that are as old as that; nil: the last.
    package init(_ engine: any SQLEngine, schema: Int? = nil) throws(LarderError) {
        place = engine.place
        do { database = try engine.open(Array(Schema.migrations.prefix(schema ?? .max))) } catch {
            throw Self.explained(error, engine.place)
        }
    }

    /// The names of all migrations, in their order.
    package static var schemas: [String] { Schema.migrations.map(\.name) }

    package func close() {
        _ = try? database.tend(.closing)
        database.close()
    }

    /// What there is at an engine's place.
    package enum Presence: Sendable, Equatable {
        case nothing
        /// An index of an older larder, or one that was being made when its maker was killed.
        /// - Parameter schema: how many of ``schemas`` it has.
        case older(schema: Int)
        case current
    }

    /// Looks whether there is an index, and changes nothing. Blocks.
    package static func presence(_ engine: any SQLEngine) throws(LarderError) -> Presence {
        do {
            try engine.reach()
            guard try engine.check(Schema.migrations) else { return .nothing }
        } catch { throw explained(error, engine.place) }
        // One that has a migration is newer than all before that.
        for count in (1..<Schema.migrations.count).reversed() {
            do { _ = try engine.check(Array(Schema.migrations.prefix(count))) } catch let failure as SQLFailure
                where failure.kind == .newer
            { return count + 1 == Schema.migrations.count ? .current : .older(schema: count + 1) } catch {
                throw explained(error, engine.place)
            }
        }
        return .older(schema: 1)
    }

    /// Whether nobody has written to an index yet, of whatever larder: it has no store.
    package func isUnused() throws -> Bool {
        try look { try $0.one("SELECT 1 FROM stores LIMIT 1") { _ in true } } == nil
    }

    // MARK: Rows

    /// The tables that are copied row by row, in the order in which that can be done.
    package static var tables: [SchemaTable] { Schema.tables }
    /// Who is signed in, which is each index's own.
    package static var sessions: SchemaTable {
        SchemaTable("sessions", key: "id", integer: "expires_at", bytes: "id token_hash")
    }

    /// That of them whose rows name what lies outside of the index.
    package static var objects: SchemaTable { Schema.objects }

    /// Rows by their table's key, behind one of them, until they are `limit` or have `bytes`.
    /// - Parameter row: nil: from the first.
    package func rows(of table: SchemaTable, behind row: CopiedRow?, limit: Int, bytes: Int) throws -> [CopiedRow] {
        try look { session in
            var found: [CopiedRow] = []
            var count = 0
            try session.each(table.selection(behindKey: row != nil) + " LIMIT ?1") { parameters in
                parameters.set(1, limit)
                guard let row else { return }
                for (i, column) in table.key.enumerated() {
                    parameters.set(i + 2, row.values[column], table.columns[column].kind)
                }
            } _: {
                let row = try CopiedRow($0, of: table)
                count += row.byteCount
                found.append(row)
                return count < bytes
            }
            return found
        }
    }

    /// The last row by its table's key; nil: there is none.
    package func lastRow(of table: SchemaTable) throws -> CopiedRow? {
        try look { session in try session.one(table.lastSelection) { try CopiedRow($0, of: table) } }
    }

    /// Adds rows, all or none.
    package func insert(_ rows: [CopiedRow], into table: SchemaTable) throws {
        guard !rows.isEmpty else { return }
        let statement = table.insertion
        try change { session in
            for row in rows {
                try session.run(statement) { parameters in
                    for (i, column) in table.columns.enumerated() {
                        parameters.set(i + 1, row.values[i], column.kind)
                    }
                }
            }
        }
    }

    /// Removes the rows of all tables: one at a time, so that no transaction is larger than a table.
    package func removeRows() throws {
        for table in Schema.tables.reversed() { try change { try $0.execute("DELETE FROM \(table.name)") } }
    }

    /// Counts who names each object, and writes it down: for rows of objects that came without it.
    /// - Parameter tables: names of those that have rows; an index of an older larder lacks others.
    package func countReferences(in tables: Set<String>) throws {
        let naming = Schema.tables.filter { tables.contains($0.name) && $0.index(of: "object") != nil }
        guard !naming.isEmpty else { return }
        let named = naming.map { "SELECT object FROM \($0.name) WHERE object IS NOT NULL" }.joined(
            separator: " UNION ALL ")
        try change { session in
            try session.execute(
                """
                UPDATE objects SET refs = named.count
                FROM (SELECT object, COUNT(*) AS count FROM (\(named)) AS names GROUP BY object) AS named
                WHERE named.object = objects.id
                """)
        }
    }

    /// Whether no table has a row, and nothing was noted.
    package func isEmpty() throws -> Bool {
        guard try facts().isEmpty else { return false }
        return try Schema.tables.allSatisfy { try lastRow(of: $0) == nil }
    }

    /// Whether any object lies outside of the index.
    package func hasObjectsOutside() throws -> Bool {
        try look { session in
            let sql = "SELECT 1 FROM objects WHERE data IS NULL AND \(Schema.objects.condition) LIMIT 1"
            return try session.one(sql) { _ in true } ?? false
        }
    }

    /// How many rows its large tables have, about: what is quickly known of them.
    package func estimatedRowCount() throws -> Int64 {
        try look { session in
            let parts = [
                "SELECT CAST(COALESCE(SUM(entries), 0) AS BIGINT) FROM store_counts",
                "SELECT COALESCE(MAX(id), 0) FROM objects",
                "SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM logs",
            ]
            return try parts.reduce(0) { sum, sql in sum + (try session.one(sql) { $0.int64(0) } ?? 0) }
        }
    }

    // MARK: What an index notes

    package func facts() throws -> [String: [UInt8]] {
        try look { session in
            var facts: [String: [UInt8]] = [:]
            try session.each("SELECT name, value FROM facts") { _ in
            } _: {
                facts[$0.string(0)] = $0.bytes(1)
                return true
            }
            return facts
        }
    }

    /// Notes these facts, and forgets those that are nil.
    package func note(_ facts: [String: [UInt8]?]) throws {
        try change { session in
            for (name, value) in facts {
                try session.run("DELETE FROM facts WHERE name = ?1") { $0.set(1, name) }
                guard let value else { continue }
                try session.run("INSERT INTO facts (name, value) VALUES (?1, ?2)") {
                    $0.set(1, name)
                    $0.set(2, value)
                }
            }
        }
    }

    // MARK: Numbers

    package func numbers() throws -> IndexNumbers { try look { try IndexReader(db: $0).numbers() } }

    /// Goes on behind these.
    package func goOn(behind numbers: IndexNumbers) throws {
        try change { session in
            for (table, number) in numbers.rows { try session.setLastNumber(number, of: table) }
            try session.raisePositions(above: numbers.position)
        }
    }

    // MARK: Transactions

    private func look<R>(_ body: (any SQLSession) throws -> R) throws -> R {
        do { return try database.read(body) } catch { throw Self.explained(error, place) }
    }

    private func change(_ body: (any SQLSession) throws -> Void) throws {
        var attempts = 0
        while true {
            do {
                try database.write { session in
                    try session.begin()
                    do {
                        try body(session)
                        try session.settle()
                        try session.commit()
                    } catch {
                        session.rollback()
                        throw error
                    }
                }
                _ = try database.tend(.afterTransaction(isScattered: false))
                return
            } catch let failure as SQLFailure where failure.kind == .undone && attempts < Self.attemptsMax {
                attempts += 1
            } catch { throw Self.explained(error, place) }
        }
    }

    private static func explained(_ error: any Error, _ place: String) -> LarderError {
        guard let failure = error as? SQLFailure else {
            return error as? LarderError ?? LarderError(.internalError, "\(place): \(error)")
        }
        return switch failure.kind {
        case .full: LarderError(.diskFull, "\(place): there is no room left on its disk (\(failure))")
        case .away, .outcomeUnknown: LarderError(.unavailable, "\(place) can't be reached: \(failure)")
        case .newer: LarderError(.internalError, "\(place) was written by a newer larder; use that one")
        case .unfit: LarderError(.internalError, failure.description)
        default: LarderError(.internalError, "\(place) can't be used: \(failure)")
        }
    }
}
