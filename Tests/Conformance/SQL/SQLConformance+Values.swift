import Index
import Testing

/// What goes in comes out.
extension SQLConformance {
    private static let integers: [Int64] = [0, 1, -1, 42, .max, .min, 1 << 32, -(1 << 53) - 1]
    private static let reals: [Double] = [0, 0.1, -1.5, .greatestFiniteMagnitude, .leastNonzeroMagnitude, 1e300]
    private static let texts = [
        "", " ", "a", "é", "e\u{301}", "🎬", "a\u{0}b", "\u{0}", "'; DROP TABLE things; --", "line\nline",
        String(repeating: "long ", count: 20_000),
    ]
    private static let contents: [[UInt8]] = [
        [], [0], [0, 0], [255], Array(0...255), [0xC3, 0x28], Array("text".utf8),
        (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31) },
    ]

    static let values: [Rule] = [
        rule("Integers of 64 bits come back as they are") { database in
            for value in integers {
                let found = try database.change { session throws in
                    try session.run("DELETE FROM things")
                    _ = try session.insert("INSERT INTO things (whole) VALUES (?1)") { $0.set(1, value) }
                    return try session.one("SELECT whole FROM things") { $0.int64IfAny(0) } ?? nil
                }
                #expect(found == value)
            }
        },
        rule("Real numbers come back as they are") { database in
            for value in reals {
                let found = try database.change { session throws in
                    try session.run("DELETE FROM things")
                    _ = try session.insert("INSERT INTO things (part) VALUES (?1)") { $0.set(1, value) }
                    return try session.one("SELECT part FROM things") { $0.doubleIfAny(0) } ?? nil
                }
                #expect(found == value)
            }
        },
        rule("Texts come back byte for byte, zero bytes and two spellings of a letter too; an empty one is not NULL") {
            database in
            for value in texts {
                let found = try database.change { session throws in
                    try session.run("DELETE FROM things")
                    _ = try session.insert("INSERT INTO things (name) VALUES (?1)") { $0.set(1, value) }
                    return try session.one("SELECT name FROM things") { $0.bytesIfAny(0) } ?? nil
                }
                #expect(found == Array(value.utf8))
            }
            #expect(
                try database.change { try $0.insert("INSERT INTO things (name) VALUES (?1)") { $0.set(1, "é") } } != nil
            )
            #expect(
                try database.change { try $0.insert("INSERT INTO things (name) VALUES (?1)") { $0.set(1, "e\u{301}") } }
                    != nil)
        },
        rule("Bytes come back as they are, up to a MiB; none is not NULL") { database in
            for value in contents {
                let found = try database.change { session throws in
                    try session.run("DELETE FROM things")
                    _ = try session.insert("INSERT INTO things (content) VALUES (?1)") { $0.set(1, value) }
                    return try session.one("SELECT content, LENGTH(content) FROM things") {
                        ($0.bytesIfAny(0), $0.int(1))
                    }
                }
                #expect(found?.0 == value)
                #expect(found?.1 == value.count)
            }
        },
        rule("NULL comes back as NULL in each type, and its bytes are none") { database in
            let isNull = try database.change { session throws in
                _ = try session.insert("INSERT INTO things (name, whole, part, content) VALUES (?1, ?2, ?3, ?4)") {
                    $0.set(1, String?.none)
                    $0.set(2, Int64?.none)
                    $0.set(3, Double?.none)
                    $0.set(4, [UInt8]?.none)
                }
                return try session.one("SELECT name, whole, part, content FROM things") { row in
                    #expect(row.bytes(0) == [] && row.bytes(3) == [])
                    return (0..<4).map { row.isNull($0) }
                }
            }
            #expect(isNull == [true, true, true, true])
        },
        rule("Bytes and texts are ordered and compared byte by byte") { database in
            let keys: [[UInt8]] = [
                [], [0], [0, 0], [0, 1], [1], [97], [97, 0], [97, 98], [127], [128], [195, 169], [255],
            ]
            let names = ["A", "B", "Z", "a", "b", "z", "~", "é", "ж", "🎬"]
            try database.change { session throws in
                for key in keys.shuffled() {
                    try session.run("INSERT INTO paired (a, b, n) VALUES (1, ?1, 0)") { $0.set(1, key) }
                }
                for name in names.shuffled() { try session.add(name) }
            }
            try database.read { session throws in
                var found: [[UInt8]] = []
                try session.each("SELECT b FROM paired ORDER BY b") { _ in
                } _: {
                    found.append($0.bytes(0))
                    return true
                }
                #expect(found == keys)
                #expect(try session.texts("SELECT name FROM things ORDER BY name") == names)
                let between = try session.one("SELECT COUNT(*) FROM paired WHERE a = ?1 AND b >= ?2 AND b < ?3") {
                    $0.set(1, 1)
                    $0.set(2, [97])
                    $0.set(3, [98])
                } _: {
                    $0.int(0)
                }
                #expect(between == 3)
            }
        },
    ]
}
