import GRDBSQLite
import LarderModel
import Testing

@testable import Index
@testable import IndexOnSQLite

@Suite("What a list costs SQLite")
struct ListCostTests {
    private func put(_ keys: [[UInt8]], _ index: EntryIndex) async throws {
        _ = try await index.write { transaction in for key in keys { try transaction.put(name(key), [1]) } }
    }

    @Test("skips what lies under a directory: it costs the same with 20 keys there as with 20,000")
    func skipping() async throws {
        let small = try await cost(below: 20), large = try await cost(below: 20_000)
        #expect(large.directories == small.directories)
        #expect(large.entries == small.entries)
        #expect(large.steps <= small.steps * 2, "\(large.steps) steps of SQLite's machine against \(small.steps)")
    }

    /// Lists a store with keys beside and below directories, and counts what SQLite did for that in hundreds of steps.
    private func cost(below count: Int) async throws -> (directories: [String], entries: [String], steps: Int) {
        try await withIndex { index async throws in
            for directory in ["a/big", "m", "z/"] {
                for start in stride(from: 0, to: count, by: 5_000) {
                    try await put((start..<min(start + 5_000, count)).map { Array("\(directory)/\($0)".utf8) }, index)
                }
            }
            try await put(["a/x", "b", "n", "zz"].map { Array($0.utf8) }, index)
            return try await index.read { reader in
                let connection = try #require((reader.db as? SQLiteSession)?.connection)
                let steps = UnsafeMutablePointer<Int>.allocate(capacity: 1)
                steps.initialize(to: 0)
                defer { steps.deallocate() }
                sqlite3_progress_handler(
                    connection, 10,
                    { counter in
                        counter?.assumingMemoryBound(to: Int.self).pointee += 1
                        return 0
                    }, steps)
                defer { sqlite3_progress_handler(connection, 0, nil, nil) }
                let root = try reader.list(
                    StoreName("runs"), in: .default, ListQuery(directories: true),
                    now: Timestamp(milliseconds: 1_750_000_000_000))
                let below = try reader.list(
                    StoreName("runs"), in: .default, ListQuery(prefix: Array("a/".utf8), directories: true),
                    now: Timestamp(milliseconds: 1_750_000_000_000)
                )
                let text = { (bytes: [UInt8]) in String(decoding: bytes, as: UTF8.self) }
                #expect(root.next == nil && below.next == nil)
                return (
                    (root.directories + below.directories).map(text),
                    (root.entries + below.entries).map { text($0.key.bytes) }, steps.pointee
                )
            }
        }
    }
}
