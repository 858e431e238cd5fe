import Foundation
import GRDB
import LarderModel
import LarderTestSupport
import Testing

@testable import Index

@Suite("The index on disk")
struct DurabilityTests {
    @Test("is in WAL mode and syncs fully at each commit")
    func settings() async throws {
        try await withIndex { index async throws in
            let settings = try index.durabilitySettings()
            #expect(settings.journalMode == "wal")
            #expect(settings.synchronous == 2)
        }
    }

    @Test("leaves checkpoints to the writer: none is automatic, readers may not write")
    func connections() async throws {
        try await withIndexPath { path async throws in
            let database = try IndexDatabase.open(path)
            try await database.writeWithoutTransaction { db throws in
                #expect(try Int.fetchOne(db, sql: "PRAGMA wal_autocheckpoint") == 0)
                #expect(try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2)
                #expect(try Int.fetchOne(db, sql: "PRAGMA auto_vacuum") == 2)
                #expect(try Int.fetchOne(db, sql: "PRAGMA busy_timeout") == 5_000)
            }
            try await database.read { db throws in
                let error = #expect(throws: DatabaseError.self) { try db.execute(sql: "DELETE FROM entries") }
                #expect(error?.resultCode == .SQLITE_READONLY)
            }
            try database.close()
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
        }
    }

    @Test("keeps everything over a restart, and leaves no WAL behind")
    func reopened() async throws {
        let clock = ManualClock()
        try await withIndexPath { path async throws in
            let written = try await withIndex(at: path, clock: clock.clock) { index async throws in
                try await index.write { transaction in
                    let object = try file([200], size: 70_000, storedSize: 9_000)
                    _ = try transaction.put(
                        name("large"),
                        try draft(object, expiry: .after(.seconds(60)), metadata: Metadata(json: #"{"a":1}"#.bytes)),
                        object)
                    for i in 0..<50 { try transaction.put(name("k\(i)"), [UInt8(i)]) }
                    return try transaction.reader.list(StoreName("runs"), in: .default, ListQuery(), now: clock.now)
                        .entries
                }
            }
            #expect(written.count == 51)
            #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
            for _ in 0..<2 {
                try await withIndex(at: path, clock: clock.clock) { index async throws in
                    #expect(
                        try await index.read {
                            try $0.list(StoreName("runs"), in: .default, ListQuery(), now: clock.now).entries
                        } == written)
                    #expect(try await index.read { try $0.inlineContent(sha256([7])) } == [7])
                    #expect(try await index.read { try $0.summary(of: StoreName("runs"), in: .default)?.entries } == 51)
                    #expect(index.cache.entry(try name("k1")) == nil)
                }
            }
        }
    }

    @Test("that a newer larder has written is refused in a clear line, and keeps what it has")
    func newer() async throws {
        try await withIndexPath { path async throws in
            try await withIndex(at: path) { index async throws in
                _ = try await index.write { try $0.put(name("a"), [1]) }
            }
            let other = try DatabaseQueue(path: path)
            try await other.write {
                try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('99-later')")
            }
            try other.close()
            let error = try #require(throws: LarderError.self) { try EntryIndex(path: path) }
            #expect(
                error.message == "the data directory was written by a newer larder; use that one, or another directory")
            let again = try DatabaseQueue(path: path)
            #expect(try await again.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM entries") } == 1)
            try again.close()
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
                let error = try #require(throws: LarderError.self) { try EntryIndex(path: unusable) }
                #expect(error.code == .internalError)
                #expect(error.message.hasPrefix("can't open the index \(unusable): "))
            }
        }
    }

    @Test("takes nothing after it is closed, and says so")
    func closed() async throws {
        try await withIndexPath { path async throws in
            let index = try EntryIndex(path: path)
            _ = try await index.write { try $0.put(name("a"), [1]) }
            await index.closeOffPool()
            let error = await #expect(throws: LarderError.self) { try await index.write { try $0.put(name("b"), [1]) } }
            #expect(error?.code == .unavailable)
            await #expect(throws: (any Error).self) { try await index.read { try $0.entry(name("a")) } }
        }
    }

    @Test("finishes the writes that wait before it closes")
    func closing() async throws {
        try await withIndexPath { path async throws in
            let index = try EntryIndex(path: path)
            let pending = try await index.whileWriterIsBusy {
                try (0..<1_000).map { i in
                    let key = try name("k\(i)"); return index.submit { try $0.put(key, [1]) }
                }
            }
            await index.closeOffPool()
            for write in pending { #expect(try await write.value.isNew) }
            try await withIndex(at: path) { index async throws in
                #expect(try await index.read { try $0.summary(of: StoreName("runs"), in: .default)?.entries } == 1_000)
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
            let limit = (GroupCommit.checkpointFrames + 600) * 4_120
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

    @Test("takes no write once an fsync failed, and reads go on")
    func readOnly() async throws {
        try await withIndex { index async throws in
            let key = try name("a")
            _ = try await index.write { try $0.put(key, [1]) }
            let waiting = try await index.whileWriterIsBusy {
                let waiting = index.submit { try $0.put(key, [2]) }
                index.stopWriting(cause: "fsync of objects/aa: Input/output error")
                index.stopWriting(cause: "something later")
                return waiting
            }
            for write in [waiting, index.submit { try $0.put(key, [3]) }] {
                let error = await #expect(throws: LarderError.self) { try await write.value }
                #expect(error?.code == .readOnly)
                #expect(error?.cause == "fsync of objects/aa: Input/output error")
            }
            #expect(try await index.read { try $0.entry(key)?.size } == 1)
            #expect(index.readOnlyReason?.code == .readOnly)
        }
    }
}
