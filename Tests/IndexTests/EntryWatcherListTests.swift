import LarderModel
import Synchronization
import Testing

@testable import Index

@Suite("Several watchers of entries", .everyEngine)
struct EntryWatcherListTests {
    /// Copies what is written in a store, once a transaction, into the entry of the same name in another.
    private struct Copying: EntryWatcher {
        func concerns(_ name: EntryName) -> Bool { name.store.text == "originals" }
        func needsContentInIndex(_ name: EntryName) -> Bool { concerns(name) }

        func entryChanged(_ name: EntryName, to entry: Entry?, in transaction: IndexTransaction) throws {
            transaction[postponedBy: Self.self].insert(name)
        }

        func finish(_ postponed: Set<EntryName>, in transaction: IndexTransaction) throws {
            for original in postponed {
                guard let entry = try transaction.reader.entry(original),
                    let content = try transaction.reader.inlineContent(entry.digest)
                else { continue }
                let copy = EntryName(site: original.site, store: try StoreName("copies"), key: original.key)
                let object = try inline(content)
                _ = try transaction.put(copy, try draft(object), object, by: Self.self)
            }
        }
    }

    /// Counts what it hears of in its finish.
    private struct Counting: EntryWatcher {
        let heard: Counter

        func concerns(_ name: EntryName) -> Bool { name.store.text == "copies" }
        func needsContentInIndex(_ name: EntryName) -> Bool { false }

        func entryChanged(_ name: EntryName, to entry: Entry?, in transaction: IndexTransaction) throws {
            transaction[postponedBy: Self.self].insert(name.key)
        }

        func finish(_ postponed: Set<EntryKey>, in transaction: IndexTransaction) throws {
            heard.add(Int64(postponed.count))
        }
    }

    @Test("hear of what another one writes, also when that one comes later in the list and writes at the end")
    func others() async throws {
        try await withIndex { index async throws in
            let heard = Counter()
            index.add(Counting(heard: heard))
            index.add(Copying())
            let original = try name("a", store: "originals"), copy = try name("a", store: "copies")
            _ = try await index.write { try $0.put(original, [1, 2]) }
            #expect(try await index.read { try $0.entry(copy)?.size } == 2)
            #expect(heard.value == 1)
            // Both name the same content, and one reference to it was taken at the end.
            try await expectConsistent(index)
        }
    }

    @Test("come back to nothing that a failed change wanted")
    func rolledBack() async throws {
        try await withIndex { index async throws in
            index.add(Copying())
            let good = try name("good", store: "originals"), bad = try name("bad", store: "originals")
            let (first, second) = try await index.whileWriterIsBusy {
                let first = index.submit { try $0.put(good, [1]) }
                let second = index.submit { (transaction) throws -> Void in
                    try transaction.put(bad, [2])
                    transaction[postponedBy: Copying.self].insert(good)
                    throw LarderError(.conflict, "no")
                }
                return (first, second)
            }
            _ = try await first.value
            await #expect(throws: LarderError.self) { try await second.value }
            #expect(try await index.read { try $0.entry(name("good", store: "copies")) } != nil)
            #expect(try await index.read { try $0.entry(name("bad", store: "copies")) } == nil)
        }
    }
}

@Suite("Who hears of commits", .everyEngine)
struct CommittedChangesTests {
    private struct Heard: Sendable, Equatable {
        var entries: Set<EntryName>
        var jobs: Set<Int64>
    }

    @Test("hears names of entries and numbers of jobs, once a commit, before the caller is answered")
    func heard() async throws {
        try await withIndex { index async throws in
            let heard = Mutex<[Heard]>([])
            index.observeCommits { changes in
                heard.withLock { $0.append(Heard(entries: Set(changes.entries), jobs: changes.jobs)) }
            }
            let a = try name("a"), b = try name("b")
            _ = try await index.write { try $0.put(a, [1]) }
            #expect(heard.withLock { $0 } == [Heard(entries: [a], jobs: [])])
            let job = try await index.write { transaction in
                _ = try transaction.delete(a)
                try transaction.put(b, [2])
                return try transaction.insertJob(kind: "x", requestedBy: "test", site: nil, request: []).id
            }
            #expect(heard.withLock { $0.last } == Heard(entries: [a, b], jobs: [job]))
            _ = try await index.write { try $0.saveJob(job, checkpoint: [1], JobProgress(done: 1)) }
            #expect(heard.withLock { $0.last } == Heard(entries: [], jobs: [job]))
            #expect(heard.withLock { $0.count } == 3)
        }
    }

    @Test("hears nothing of what failed, and nothing where nothing changed")
    func unheard() async throws {
        try await withIndex { index async throws in
            let commits = Counter()
            index.observeCommits { _ in commits.add() }
            await #expect(throws: LarderError.self) {
                try await index.write { (transaction) throws -> Void in
                    try transaction.put(name("a"), [1])
                    throw LarderError(.conflict, "no")
                }
            }
            _ = try await index.write { try $0.delete(name("a")) }
            #expect(commits.value == 0)
        }
    }
}
