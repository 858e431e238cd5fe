import LarderModel
import LarderTestSupport
import NIOCore
import Synchronization
import Testing

@testable import Index

@Suite("The writer", .everyEngine)
struct GroupCommitTests {
    private struct Refused: Error {}

    @Test("puts what waits into few transactions")
    func grouped() async throws {
        try await withIndex { index async throws in
            let pending = try await index.whileWriterIsBusy {
                try (0..<2_000).map { i in
                    let key = try name("k\(i)")
                    return index.submit { try $0.put(key, "value \(i)".bytes) }
                }
            }
            for write in pending { #expect(try await write.value.isNew) }
            let batches = index.statistics.batchSizes.snapshot
            #expect(batches.sum == 2_001)
            #expect(batches.total <= 1 + 4, "2,000 changes, 512 at a time")
            #expect(index.statistics.commitSeconds.snapshot.total == batches.total)
            #expect(try await index.read { try $0.summary(of: StoreName("runs"), in: .default)?.entries } == 2_000)
        }
    }

    @Test("answers those who wait before it goes on, where changes write many rows")
    func manyRows() async throws {
        try await withIndex { index async throws in
            let rows = GroupCommit.batchRowsMax / 2
            let pending = try await index.whileWriterIsBusy {
                (0..<10).map { store in
                    index.submit {
                        try $0.db.execute(
                            """
                            INSERT INTO store_days (store, day, entries, bytes, stored_bytes)
                            WITH RECURSIVE days(day) AS (
                                SELECT 1 UNION ALL SELECT day + 1 FROM days WHERE day < \(rows))
                            SELECT \(store), day, 0, 0, 0 FROM days
                            """)
                    }
                }
            }
            for change in pending { try await change.value }
            #expect(index.statistics.batchSizes.snapshot.total == 1 + 5, "two changes a transaction")
            #expect(index.statistics.batchSizes.snapshot.sum == 1 + 10)
        }
    }

    @Test("answers those who wait before it goes on, where changes write many bytes, and repeats no more than it must")
    func manyBytes() async throws {
        try await withIndex { index async throws in
            let content = noise(1 << 20), keys = try (0..<20).map { try name("k\($0)") }
            let runs = Mutex(0)
            let pending = try await index.whileWriterIsBusy {
                keys.indices.map { i in
                    index.submit { transaction in
                        runs.withLock { $0 += 1 }
                        _ = try transaction.put(keys[i], [UInt8(i)] + content)
                        if i == 12 { throw Refused() }
                    }
                }
            }
            for (i, write) in pending.enumerated() where i != 12 { try await write.value }
            await #expect(throws: Refused.self) { try await pending[12].value }
            #expect(index.statistics.batchSizes.snapshot.total == 1 + 3, "at most eight a transaction, and a bit")
            // Eight; five up to the one that fails, and singly nine with it; three.
            let count = runs.withLock { $0 }
            #expect(count == 25)
            try await expectConsistent(index)
        }
    }

    @Test("takes changes in the order in which they were handed over")
    func ordered() async throws {
        try await withIndex { index async throws in
            let key = try name("a")
            let pending = try await index.whileWriterIsBusy {
                (0..<700).map { i in index.submit { try $0.put(key, "\(i)".bytes).entry.size } }
            }
            for write in pending { _ = try await write.value }
            #expect(try await index.read { try $0.entry(key)?.digest } == digest(of: "699".bytes))
        }
    }

    @Test("undoes a change that fails after it wrote, and only that one", arguments: 0..<5)
    func undone(at failing: Int) async throws {
        try await withIndex { index async throws in
            let keys = try (0..<5).map { try name("k\($0)") }
            let bystander = try name("old"), newStore = try name("k", store: "made-by-the-failing-one")
            _ = try await index.write { try $0.put(bystander, [7]) }
            let pending = try await index.whileWriterIsBusy {
                keys.indices.map { i in
                    index.submit { transaction in
                        try transaction.put(keys[i], [UInt8(i)])
                        if i == failing {
                            try transaction.put(newStore, [1])
                            _ = try transaction.delete(bystander)
                            throw Refused()
                        }
                    }
                }
            }
            for (i, write) in pending.enumerated() {
                if i == failing {
                    await #expect(throws: Refused.self) { try await write.value }
                } else {
                    try await write.value
                }
            }
            for (i, key) in keys.enumerated() {
                let entry = try await index.read { try $0.entry(key) }
                #expect((entry != nil) == (i != failing))
                let known = try await index.known(key)
                #expect((known != nil) == (i != failing), "memory tells what the index does")
            }
            #expect(try await index.read { try $0.entry(bystander)?.size } == 1)
            #expect(
                try await index.read { try $0.summary(of: StoreName("made-by-the-failing-one"), in: .default) } == nil)
            #expect(try await index.read { try $0.summary(of: StoreName("runs"), in: .default)?.entries } == 5)
            try await expectConsistent(index)
        }
    }

    @Test("lets a change that fails before it wrote cost the others nothing")
    func refusedAlone() async throws {
        try await withIndex { index async throws in
            let runs = Mutex(0)
            let key = try name("a")
            let pending = try await index.whileWriterIsBusy {
                let counted = index.submit { transaction in
                    runs.withLock { $0 += 1 }
                    try transaction.put(key, [1])
                }
                return (counted, index.submit { _ in throw Refused() })
            }
            try await pending.0.value
            await #expect(throws: Refused.self) { try await pending.1.value }
            #expect(runs.withLock { $0 } == 1, "nothing had to be repeated")
        }
    }

    @Test("tells callers of SQLite's failures in Larder's words, and goes on")
    func sqlFailure() async throws {
        try await withIndex { index async throws in
            let error = await #expect(throws: LarderError.self) {
                try await index.write { try $0.db.execute("INSERT INTO nowhere VALUES (1)") }
            }
            #expect(error?.code == .internalError)
            _ = try await index.write { try $0.put(name("a"), [1]) }
        }
    }

    @Test("refuses what would wait in too long a queue, and takes the rest")
    func bounded() async throws {
        try await withIndex { index async throws in
            let (taken, refused) = try await index.whileWriterIsBusy {
                let taken = (0..<WriteQueue.changesMax).map { _ in index.submit { _ in } }
                #expect(index.queueDepth == WriteQueue.changesMax)
                return (taken, index.submit { _ in })
            }
            guard case .failure(let error as LarderError)? = refused.soFar else {
                Issue.record("it was not refused at once")
                return
            }
            #expect(error.code == .unavailable)
            for write in taken { try await write.value }
            #expect(index.queueDepth == 0)
        }
    }

    @Test("lets exactly one of many racing If-None-Match: * win", arguments: 0..<5)
    func onlyIfNew(round: Int) async throws {
        try await withIndex { index async throws in
            let key = try name("race")
            let won = try await withThrowingTaskGroup(of: Int?.self) { group in
                for i in 0..<64 {
                    group.addTask {
                        do {
                            _ = try await index.write { try $0.put(key, "\(i)".bytes, conditions: .onlyIfNew) }
                            return i
                        } catch let error as LarderError where error.code == .preconditionFailed {
                            return nil
                        }
                    }
                }
                return try await group.reduce(into: []) { if let winner = $1 { $0.append(winner) } }
            }
            #expect(won.count == 1)
            #expect(try await index.read { try $0.entry(key)?.digest } == digest(of: "\(won.first ?? -1)".bytes))
        }
    }

    @Test("loses no increment that compares and sets")
    func counter() async throws {
        try await withIndex { index async throws in
            let key = try name("counter")
            _ = try await index.write { try $0.put(key, "0".bytes) }
            try await withThrowingTaskGroup { group in
                for _ in 0..<16 {
                    group.addTask {
                        for _ in 0..<10 { try await increment(key, index) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await index.read { try $0.inlineContent(digest(of: "160".bytes)) } == "160".bytes)
            #expect(try await index.read { try $0.entry(key)?.digest } == digest(of: "160".bytes))
        }
    }

    private func increment(_ key: EntryName, _ index: EntryIndex) async throws {
        while true {
            let (tag, count) = try await index.read { reader in
                guard let entry = try reader.entry(key), let bytes = try reader.inlineContent(entry.digest) else {
                    throw Refused()
                }
                return (entry.etag, Int(String(decoding: bytes, as: UTF8.self)) ?? -1)
            }
            do {
                _ = try await index.write {
                    try $0.put(key, "\(count + 1)".bytes, conditions: Preconditions(ifMatch: .tags([tag])))
                }
                return
            } catch let error as LarderError where error.code == .preconditionFailed {}
        }
    }

    @Test("shows every answered write to every read that begins after it")
    func visible() async throws {
        try await withIndex { index async throws in
            try await withThrowingTaskGroup { group in
                for writer in 0..<8 {
                    group.addTask {
                        for i in 0..<50 {
                            let key = try name("\(writer)/\(i)")
                            _ = try await index.write { try $0.put(key, "\(i)".bytes) }
                            #expect(try await index.read { try $0.entry(key) } != nil)
                            #expect(
                                try await index.read {
                                    try $0.list(
                                        StoreName("runs"), in: .default, ListQuery(prefix: key.key.bytes),
                                        now: .init(milliseconds: 0)
                                    )
                                    .entries.isEmpty
                                } == false)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}

@Suite("A watcher of entries", .everyEngine)
struct EntryWatcherTests {
    /// Counts the entries of a store in an entry of its own.
    private struct Counting: EntryWatcher {
        let counter: EntryName

        func concerns(_ name: EntryName) -> Bool { name.store == counter.store }

        func needsContentInIndex(_ name: EntryName) -> Bool { concerns(name) }

        func entryChanged(_ name: EntryName, to entry: Entry?, in transaction: IndexTransaction) throws {
            if entry?.size == 13 { throw LarderError(.notJSON, "thirteen bytes are not taken here") }
            let old =
                try transaction.reader.entry(counter).flatMap { try transaction.reader.inlineContent($0.digest) } ?? []
            let object = try inline(old + [entry == nil ? UInt8(ascii: "-") : UInt8(ascii: "+")])
            _ = try transaction.put(counter, try draft(object), object, by: Self.self)
        }
    }

    @Test("works in the transaction of the change, for the entries it is about, and is undone with it")
    func atomic() async throws {
        try await withIndex { index async throws in
            let counter = try name("counter", store: "counted")
            index.add(Counting(counter: counter))
            let a = try name("a", store: "counted"), b = try name("b", store: "counted"), other = try name("a")
            _ = try await index.write { try $0.put(a, [1]) }
            _ = try await index.write { try $0.put(other, [1]) }
            let error = await #expect(throws: LarderError.self) {
                try await index.write { try $0.put(b, [UInt8](repeating: 1, count: 13)) }
            }
            #expect(error?.code == .notJSON)
            _ = try await index.write { try $0.delete(a) }
            _ = try await index.write { try $0.delete(a) }
            #expect(
                try await index.read { try $0.entry(counter).flatMap { try $0.digest == digest(of: "+-".bytes) } }
                    == true)
            #expect(try await index.read { try $0.entry(b) } == nil)
            #expect(try await index.known(counter)?.content?.readableBytes == 2)
        }
    }

    @Test("hears of each entry that a prefix takes")
    func prefix() async throws {
        try await withIndex { index async throws in
            let counter = try name("~counter", store: "counted")
            index.add(Counting(counter: counter))
            for i in 0..<5 { _ = try await index.write { try $0.put(name("x/\(i)", store: "counted"), [1]) } }
            _ = try await index.write {
                try $0.deletePrefix("x/".bytes, of: StoreName("counted"), in: .default, limit: 3)
            }
            #expect(try await index.read { try $0.inlineContent(digest(of: "+++++---".bytes)) } != nil)
            try await expectConsistent(index)
        }
    }
}

/// Compares the counters of stores and the references of objects with what a full recount says.
func expectConsistent(_ index: EntryIndex, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let wrong = try await index.sql { session in
        var wrong: [String] = []
        for (problem, query) in inconsistencies {
            try session.each(query) { _ in
            } _: {
                wrong.append("\(problem) \($0.int64(0))")
                return true
            }
        }
        return wrong
    }
    #expect(wrong == [], sourceLocation: sourceLocation)
}

/// What must never be, and a query for the numbers of the rows that it is true of.
private let inconsistencies = [
    (
        "counters of store",
        """
        SELECT s.id FROM stores s LEFT JOIN store_counts c ON c.store = s.id GROUP BY s.id
        HAVING COALESCE(SUM(c.entries), 0) <> (SELECT COUNT(*) FROM entries WHERE store = s.id)
            OR COALESCE(SUM(c.bytes), 0) <> (SELECT COALESCE(SUM(size), 0) FROM entries WHERE store = s.id)
            OR COALESCE(SUM(c.stored_bytes), 0)
                <> (SELECT COALESCE(SUM(stored_size), 0) FROM entries WHERE store = s.id)
        """
    ),
    (
        "references of object",
        """
        SELECT o.id FROM objects o WHERE refs <> (SELECT COUNT(*) FROM entries WHERE object = o.id)
            + (SELECT COUNT(*) FROM entry_versions WHERE object = o.id)
        """
    ),
    ("small object without use", "SELECT id FROM objects WHERE refs = 0 AND data IS NOT NULL"),
    ("object that is named and being removed", "SELECT id FROM objects WHERE refs <> 0 AND state <> 0"),
    ("file without use or time", "SELECT id FROM objects WHERE refs = 0 AND unreferenced_at IS NULL"),
    (
        "entry without object, in store",
        """
        SELECT e.store FROM entries e
        WHERE placement <> 2 AND NOT EXISTS
            (SELECT 1 FROM objects o WHERE o.id = e.object AND o.digest = e.digest AND o.encoding = e.encoding)
        """
    ),
    (
        "entry with the wrong placement, in store",
        """
        SELECT e.store FROM entries e JOIN objects o ON o.id = e.object
        WHERE placement <> CASE WHEN o.data IS NULL THEN 1 ELSE 0 END
        """
    ),
]
