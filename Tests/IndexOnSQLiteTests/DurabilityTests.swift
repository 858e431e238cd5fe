import Foundation
import LarderModel
import Testing

@testable import Index
@testable import IndexOnSQLite

@Suite("The index in a file of SQLite's")
struct DurabilityTests {
    @Test("is in WAL mode and syncs fully at each commit; checkpoints are left to the writer: none is automatic")
    func settings() async throws {
        try await withIndexPath { path async throws in
            let database = try SQLiteEngine(path: path).open(Schema.migrations)
            defer { database.close() }
            try database.write { session throws in
                #expect(try session.text("PRAGMA journal_mode") == "wal")
                #expect(try session.number("PRAGMA synchronous") == 2)
                #expect(try session.number("PRAGMA wal_autocheckpoint") == 0)
                #expect(try session.number("PRAGMA auto_vacuum") == 2)
                #expect(try session.number("PRAGMA busy_timeout") == 5_000)
            }
        }
    }

    @Test("is not written by readers")
    func readers() async throws {
        try await withIndexPath { path async throws in
            let database = try SQLiteEngine(path: path).open(Schema.migrations)
            defer { database.close() }
            let failure = #expect(throws: SQLFailure.self) { try database.read { try $0.run("DELETE FROM entries") } }
            #expect(failure?.description.hasPrefix("SQLite error 8") == true, "SQLITE_READONLY")
        }
    }

    @Test("is readable by the owner only")
    func modes() async throws {
        try await withIndexPath { path async throws in
            try await withIndex(at: path) { index async throws in
                _ = try await index.write { try $0.put(name("a"), [1]) }
                for suffix in ["", "-wal", "-shm"] {
                    let mode =
                        try FileManager.default.attributesOfItem(atPath: path + suffix)[.posixPermissions] as? NSNumber
                    #expect(mode?.intValue == 0o600, "\(suffix)")
                }
            }
            #expect(!FileManager.default.fileExists(atPath: path + "-wal"), "no WAL is left behind")
        }
    }

    @Test("that is no database, or not there to be made, is refused in a clear line")
    func unusable() async throws {
        try await withIndexPath { path async throws in
            try Data(
                "this is a letter, not an index; it goes on for a while so that SQLite has a header to look at. ".utf8
                    + [UInt8](repeating: 65, count: 4_096)
            )
            .write(to: URL(fileURLWithPath: path))
            for unusable in [path, path + "/below"] {
                let error = try #require(throws: LarderError.self) {
                    try EntryIndex(engine: SQLiteEngine(path: unusable))
                }
                #expect(error.code == .internalError)
                #expect(error.message.hasPrefix("can't open the index \(unusable): "))
            }
        }
    }

    @Test(
        "keeps its WAL short while it writes, also when a reader stood in the way for a time, and truncates it when nothing happens"
    )
    func walLength() async throws {
        try await withIndexPath { path async throws in
            func walBytes() throws -> Int {
                try #require(try FileManager.default.attributesOfItem(atPath: path + "-wal")[.size] as? NSNumber)
                    .intValue
            }
            func write(_ index: EntryIndex, megabytes: Int, _ tag: String) async throws {
                for i in 0..<megabytes {
                    let content = Array("\(tag)\(i)".utf8) + [UInt8](repeating: 7, count: 1_000_000)
                    _ = try await index.write { try $0.put(name("\(tag)\(i)"), content) }
                }
            }
            let limit = (SQLiteDatabase.checkpointFrames + 600) * 4_120
            try await withIndex(at: path) { index async throws in
                try await write(index, megabytes: 100, "a")
                #expect(try walBytes() < limit)
                // A reader keeps the state that it sees: the WAL has to grow, by no more than is written meanwhile.
                let (isReading, begun) = AsyncStream<Void>.makeStream()
                let go = DispatchSemaphore(value: 0)
                async let seen = index.read { reader in
                    let before = try reader.summary(of: StoreName("runs"), in: .default)?.entries
                    begun.finish()
                    go.wait()
                    return try before == reader.summary(of: StoreName("runs"), in: .default)?.entries
                }
                for await _ in isReading {}
                try await write(index, megabytes: 80, "b")
                #expect(try walBytes() > 70_000_000)
                go.signal()
                #expect(try await seen)
                try await write(index, megabytes: 80, "c")
                #expect(try walBytes() < 200_000_000)
                // Two seconds of silence, and then it is gone; the time out is for a machine under load.
                let deadline = ContinuousClock.now + .seconds(60)
                while try walBytes() > 0, ContinuousClock.now < deadline {
                    try await Task.sleep(for: .milliseconds(100))
                }
                #expect(try walBytes() == 0)
                #expect(try await index.read { try $0.summary(of: StoreName("runs"), in: .default)?.entries } == 260)
            }
        }
    }
}
