import Index
import Testing

/// Statements, their parameters, and what is told of them.
extension SQLConformance {
    private struct Stopped: Error {}

    static let statements: [Rule] = [
        rule("A statement is used again with other parameters, and keeps none of the ones before") { database in
            try database.change { session throws in
                for i in 0..<1_000 {
                    _ = try session.insert("INSERT INTO things (name, whole, content) VALUES (?1, ?2, ?3)") {
                        $0.set(1, "thing \(i)")
                        $0.set(2, i.isMultiple(of: 2) ? Int64(i) : nil)
                        $0.set(3, i.isMultiple(of: 3) ? [UInt8(i % 256)] : [])
                    }
                }
            }
            try database.read { session throws in
                for i in 0..<1_000 {
                    let found = try session.one("SELECT whole, content FROM things WHERE name = ?1") {
                        $0.set(1, "thing \(i)")
                    } _: {
                        ($0.int64IfAny(0), $0.bytes(1))
                    }
                    #expect(found?.0 == (i.isMultiple(of: 2) ? Int64(i) : nil))
                    #expect(found?.1 == (i.isMultiple(of: 3) ? [UInt8(i % 256)] : []))
                }
            }
        },
        rule("Parameters may come in any order and more than once") { database in
            let found = try database.change { session throws in
                try session.run("INSERT INTO paired (a, b, n) VALUES (?2, ?1, ?2)") {
                    $0.set(1, [7])
                    $0.set(2, 5)
                }
                return try session.one("SELECT a, n FROM paired WHERE b = ?2 AND a = ?1 AND n = ?1") {
                    $0.set(1, 5)
                    $0.set(2, [7])
                } _: {
                    [$0.int(0), $0.int(1)]
                }
            }
            #expect(found == [5, 5])
        },
        rule("A query gives its rows until it is told to stop, and can be asked again, also from within another") {
            database in
            try database.change { session in for i in 0..<10 { try session.add("thing \(i)") } }
            try database.read { session throws in
                for _ in 0..<3 {
                    var seen: [String] = []
                    try session.each("SELECT id, name FROM things ORDER BY id") { _ in
                    } _: { row in
                        let name = try session.one("SELECT name FROM things WHERE id = ?1") {
                            $0.set(1, row.int64(0))
                        } _: {
                            $0.string(0)
                        }
                        #expect(name == row.string(1))
                        seen.append(row.string(1))
                        return seen.count < 4
                    }
                    #expect(seen == ["thing 0", "thing 1", "thing 2", "thing 3"])
                }
                #expect(try session.one("SELECT name FROM things WHERE id < 0") { $0.string(0) } == nil)
            }
        },
        rule("What a reader of rows throws comes through, and the session goes on") { database in
            try database.change { session throws in
                try session.add("a")
                #expect(throws: Stopped.self) {
                    try session.each("SELECT name FROM things") { _ in
                    } _: { _ in
                        throw Stopped()
                    }
                }
                try session.add("b")
            }
            #expect(try database.read { try $0.count("things") } == 2)
        },
        rule("A change says how many rows it changed, and the count of changes tells whether there was any") {
            database in
            try database.change { session throws in
                for i in 0..<5 { try session.add("thing \(i)") }
                let before = session.changeCount
                #expect(try session.change("UPDATE things SET whole = 1 WHERE id > ?1") { $0.set(1, 1_000) } == 0)
                _ = try session.count("things")
                #expect(session.changeCount == before)
                #expect(
                    try session.change("UPDATE things SET whole = 1 WHERE name <> ?1") { $0.set(1, "thing 0") } == 4)
                #expect(session.changeCount != before)
                #expect(try session.change("DELETE FROM things WHERE whole = ?1") { $0.set(1, 1) } == 4)
                #expect(try session.change("DELETE FROM things WHERE whole = ?1") { $0.set(1, 1) } == 0)
            }
        },
        rule("An insert gives the number of the new row, ascending, and none where it left what was there") {
            database in
            try database.change { session throws in
                let numbers = try (0..<5).map { try session.add("thing \($0)") }.compactMap(\.self)
                #expect(numbers.count == 5 && numbers == numbers.sorted() && Set(numbers).count == 5)
                let unchanged = try session.insert(
                    "INSERT INTO things (name) VALUES (?1) ON CONFLICT (name) DO NOTHING"
                ) {
                    $0.set(1, "thing 3")
                }
                #expect(unchanged == nil)
                let next = try session.insert("INSERT INTO things (name) VALUES (?1) ON CONFLICT (name) DO NOTHING") {
                    $0.set(1, "thing 9")
                }
                #expect((next ?? 0) > numbers[4])
                for (i, number) in numbers.enumerated() {
                    let name = try session.one("SELECT name FROM things WHERE id = ?1") {
                        $0.set(1, number)
                    } _: {
                        $0.string(0)
                    }
                    #expect(name == "thing \(i)")
                }
            }
        },
        rule("A lasting number is never given again, even when its row is gone") { database in
            func add() throws -> Int64? {
                try database.change { try $0.insert("INSERT INTO numbered (name) VALUES (?1)") { $0.set(1, "x") } }
            }
            _ = try add()
            let last = try add()
            try database.change { try $0.run("DELETE FROM numbered") }
            let next = try add()
            #expect((next ?? 0) > (last ?? .max))
        },
        rule("An insert may replace what is there, in place") { database in
            try database.change { session throws in
                for n in 1...3 {
                    try session.run(
                        "INSERT INTO paired (a, b, n) VALUES (?1, ?2, ?3) ON CONFLICT (a, b) DO UPDATE SET n = ?3"
                    ) {
                        $0.set(1, 1)
                        $0.set(2, [1])
                        $0.set(3, n)
                    }
                }
                #expect(try session.one("SELECT n FROM paired") { $0.int(0) } == 3)
                #expect(try session.count("paired") == 1)
            }
        },
        rule("Sums, row values, cases and limits mean the same") { database in
            try database.change { session throws in
                for n in 0..<10 {
                    try session.run("INSERT INTO paired (a, b, n) VALUES (?1, ?2, ?3)") {
                        $0.set(1, n / 3)
                        $0.set(2, [UInt8(n)])
                        $0.set(3, n)
                    }
                }
            }
            try database.read { session throws in
                let sum = try session.one(
                    "SELECT COUNT(*), CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM paired WHERE n > ?1"
                ) {
                    $0.set(1, 100)
                } _: {
                    [$0.int(0), $0.int(1)]
                }
                #expect(sum == [0, 0])
                #expect(try session.one("SELECT CAST(SUM(n) AS BIGINT) FROM paired") { $0.int(0) } == 45)
                var found: [[Int]] = []
                try session.each(
                    """
                    SELECT n, CASE WHEN n > 6 THEN 1 ELSE 0 END FROM paired WHERE (a, b) > (?1, ?2) ORDER BY a, b LIMIT ?3
                    """
                ) {
                    $0.set(1, 1)
                    $0.set(2, [4])
                    $0.set(3, 3)
                } _: {
                    found.append([$0.int(0), $0.int(1)])
                    return true
                }
                #expect(found == [[5, 0], [6, 0], [7, 1]])
            }
        },
        rule("A statement that can't be is a failure in the seam's words, and the session goes on") { database in
            try database.write { session throws in
                let unknown = try #require(throws: SQLFailure.self) {
                    try session.run("INSERT INTO nowhere VALUES (1)")
                }
                #expect(unknown.kind == .other && !unknown.description.isEmpty)
                #expect(throws: SQLFailure.self) { try session.execute("CREATE NONSENSE") }
                #expect(throws: SQLFailure.self) { _ = try session.one("SELECT nothing FROM things") { $0.int(0) } }
                #expect(try session.count("things") == 0)
            }
        },
        rule("The last number of a table is remembered without its row, and numbers go on behind one that is set") {
            database in
            func add(_ session: any SQLSession, _ id: Int64? = nil) throws -> Int64? {
                guard let id else { return try session.insert("INSERT INTO numbered (name) VALUES ('a')") { _ in } }
                return try session.insert("INSERT INTO numbered (id, name) VALUES (?1, 'a')") { $0.set(1, id) }
            }
            try database.change { session throws in
                #expect(try session.lastNumber(of: "numbered") == 0)
                for number in 1...3 as ClosedRange<Int64> { #expect(try add(session) == number) }
                try session.run("DELETE FROM numbered")
                #expect(try session.lastNumber(of: "numbered") == 3)
                _ = try add(session, 7)
                try session.setLastNumber(20, of: "numbered")
            }
            try database.change { session throws in
                #expect(try session.lastNumber(of: "numbered") == 20)
                #expect(try add(session) == 21)
                // Of a table whose numbers may come again, at least those of its rows don't.
                try session.run("INSERT INTO things (id, name) VALUES (5, 'b')")
                try session.setLastNumber(5, of: "things")
                #expect(try session.lastNumber(of: "things") == 5)
                #expect(try session.add("c") == 6)
            }
        },
    ]
}
