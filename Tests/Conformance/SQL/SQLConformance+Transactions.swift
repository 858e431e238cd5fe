import Index
import Testing

/// Transactions of the one that writes.
extension SQLConformance {
    static let transactions: [Rule] = [
        rule("A transaction that is rolled back leaves nothing, and a rollback without one does no harm") { database in
            try database.write { session throws in
                session.rollback()
                try session.begin()
                try session.add("a")
                #expect(session.isTransactionWhole)
                session.rollback()
                session.rollback()
                try session.begin()
                try session.add("b")
                try session.commit()
                #expect(try session.texts("SELECT name FROM things") == ["b"])
            }
        },
        rule("A savepoint undoes what came after it and nothing before, as often as it is set") { database in
            try database.change { session throws in
                try session.add("kept")
                for i in 0..<3 {
                    try session.savepoint()
                    try session.add("undone \(i)")
                    try session.run("DELETE FROM things WHERE name = ?1") { $0.set(1, "kept") }
                    try session.rollbackToSavepoint()
                    try session.releaseSavepoint()
                    try session.savepoint()
                    try session.add("kept \(i)")
                    try session.releaseSavepoint()
                }
            }
            #expect(
                try database.read { try $0.texts("SELECT name FROM things ORDER BY id") } == [
                    "kept", "kept 0", "kept 1", "kept 2",
                ])
        },
        rule(
            "A constraint that fails is told as one, and ends neither the session nor, behind a savepoint, the transaction"
        ) {
            database in
            try database.write { session throws in
                try session.begin()
                try session.add("a")
                try session.savepoint()
                let failure = try #require(throws: SQLFailure.self) { try session.add("a") }
                #expect(failure.kind == .constraint)
                try session.rollbackToSavepoint()
                try session.releaseSavepoint()
                #expect(session.isTransactionWhole)
                try session.add("b")
                try session.commit()
                let missing = #expect(throws: SQLFailure.self) {
                    try session.run("INSERT INTO numbered (name) VALUES (?1)") { $0.set(1, String?.none) }
                }
                #expect(missing?.kind == .constraint)
                try session.begin()
                try session.add("c")
                try session.commit()
                #expect(try session.texts("SELECT name FROM things ORDER BY id") == ["a", "b", "c"])
            }
        },
        Rule("What was committed is there after closing, what was not is gone") { engine in
            let first = try engine.open([table])
            try first.change { try $0.add("committed") }
            try first.write { session throws in
                try session.begin()
                try session.add("left open")
                session.rollback()
            }
            first.close()
            let second = try engine.open([table])
            defer { second.close() }
            #expect(try second.read { try $0.texts("SELECT name FROM things") } == ["committed"])
        },
        rule("Upkeep at any moment between transactions changes nothing that can be read") { database in
            for round in 0..<3 {
                for i in 0..<200 {
                    try database.change { session throws in
                        _ = try session.insert("INSERT INTO things (name, content) VALUES (?1, ?2)") {
                            $0.set(1, "\(round) \(i)")
                            $0.set(2, Array(repeating: 7, count: 10_000))
                        }
                    }
                    _ = try database.tend(.afterTransaction(isScattered: i.isMultiple(of: 2)))
                }
                _ = try database.tend(.full)
                _ = try database.tend(.idle)
                try database.change { session throws in
                    try session.run("DELETE FROM things WHERE name LIKE ?1") { $0.set(1, "%5") }
                    let room = try session.room()
                    #expect(room.freePages >= 0 && room.pages >= room.freePages)
                    try session.giveBack(pages: room.freePages)
                }
            }
            #expect(try database.read { try $0.count("things") } == 3 * 180)
            _ = try database.tend(.closing)
            #expect(try database.read { try $0.count("things") } == 3 * 180)
        },
    ]
}
