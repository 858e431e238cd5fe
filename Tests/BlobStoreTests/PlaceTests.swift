import BlobStoreTestSupport
import Index
import LarderModel
import NIOCore
import ObjectConformance
import Objects
import Testing

@testable import BlobStore

/// Objects that lie where their rows say, as in a bucket.
@Suite("Content in a place of its own")
struct PlaceTests {
    private static let content = noise(100_000)

    private func with(_ body: (Home, ObjectsInMemory, BlobStore) async throws -> Void) async throws {
        try await Home.with { home async throws in
            let backend = ObjectsInMemory(ownPlaces: true)
            try await home.open(policies: try PolicyBook([]), backend: { _ in backend }) { store async throws in
                try await body(home, backend, store)
            }
        }
    }

    private func objects(_ backend: ObjectsInMemory) async throws -> Set<ObjectLocator> {
        var all: Set<ObjectLocator> = []
        for shard in UInt8.min...UInt8.max { all.formUnion(try await backend.list(shard: shard).objects) }
        return all
    }

    @Test("is read again by another process, in whole and in part, and by its digest only once")
    func reads() async throws {
        try await with { home, backend, store async throws in
            try await store.put(name("a"), Self.content)
            #expect(try await store.get(name("a")) == Self.content)
            #expect(try await objects(backend).count == 1)
            try await home.open(policies: try PolicyBook([]), backend: { _ in backend }) { other async throws in
                #expect(try await other.get(name("a")) == Self.content)
                let content = try #require(try await other.content(name("a")))
                var pieces = try content.reader(.plain, range: 70_000..<70_010)
                #expect(try await pieces.next().map { Array(buffer: $0) } == Array(Self.content[70_000..<70_010]))
            }
        }
    }

    @Test("moves to its new place when it is written again, and the old one goes")
    func again() async throws {
        try await with { _, backend, store async throws in
            try await store.put(name("a"), Self.content)
            let first = try await objects(backend)
            let before = try #require(try await store.content(name("a")))
            for key in ["b", "a", "c"] { try await store.put(name(key), Self.content) }
            let last = try await objects(backend)
            #expect(last.count == 1 && last.isDisjoint(with: first))
            for key in ["a", "b", "c"] { #expect(try await store.get(name(key)) == Self.content) }
            #expect(try await before.collect(limit: .max) == Self.content, "who has it open goes on reading it")
        }
    }

    @Test("heals where it is gone, by being written under any name")
    func heals() async throws {
        try await with { _, backend, store async throws in
            try await store.put(name("a"), Self.content)
            for lost in try await objects(backend) { try await backend.remove(lost) }
            let error = await #expect(throws: LarderError.self) { try await store.get(name("a")) }
            #expect(error?.code == .corruptEntry)
            try await store.put(name("b"), Self.content)
            for key in ["a", "b"] { #expect(try await store.get(name(key)) == Self.content) }
        }
    }

    @Test("stays where it is when only what is said of it changes")
    func amended() async throws {
        try await with { _, backend, store async throws in
            try await store.put(name("a"), Self.content)
            let place = try await objects(backend)
            let result = try await store.amend(name("a"), Amendment(contentType: "a/b"), conditions: .none)
            #expect(result.entry.contentType == "a/b")
            #expect(try await objects(backend) == place)
            #expect(try await store.get(name("a")) == Self.content)
        }
    }

    @Test("leaves nothing when its condition does not hold")
    func refused() async throws {
        try await with { _, backend, store async throws in
            try await store.put(name("a"), Self.content)
            let place = try await objects(backend)
            for content in [Self.content, noise(90_000)] {
                let error = await #expect(throws: LarderError.self) {
                    try await store.put(name("a"), content, conditions: .onlyIfNew)
                }
                #expect(error?.code == .preconditionFailed)
                #expect(try await objects(backend) == place)
            }
            #expect(try await store.get(name("a")) == Self.content)
        }
    }

    @Test("goes with its last entry, and nothing that came after it does")
    func removed() async throws {
        try await with { _, backend, store async throws in
            try await store.put(name("a"), Self.content)
            let old = try await objects(backend)
            _ = try await store.delete(name("a"))
            let marked = try await store.removeUnreferenced([], thenMark: 10, since: store.now) { _, _ in }.marked
            #expect(marked.count == 1)
            try await store.put(name("b"), Self.content)
            let step = try await store.removeUnreferenced(marked, thenMark: 10, since: store.now) { _, _ in }
            #expect(step.removed.isEmpty && step.marked.isEmpty)
            #expect(try await store.get(name("b")) == Self.content)
            let new = try await objects(backend)
            #expect(new.count == 1 && new.isDisjoint(with: old))
            _ = try await store.delete(name("b"))
            let last = try await store.removeUnreferenced([], thenMark: 10, since: store.now) { _, _ in }
            _ = try await store.removeUnreferenced(last.marked, thenMark: 10, since: store.now) { _, _ in }
            #expect(try await objects(backend).isEmpty)
        }
    }

    @Test("that no row names is a stray, what a row names is not")
    func strays() async throws {
        try await with { _, backend, store async throws in
            let entry = try await store.put(name("a"), Self.content).entry
            let shard = try #require(entry.digest.bytes.first)
            let named = try await objects(backend)
            let staged = try await store.objects.write(Self.content)
            #expect(try await store.strays(inShard: shard, unchangedFor: .zero).files.count == 1)
            #expect(try await store.removeStrays(store.strays(inShard: shard, unchangedFor: .zero).files) == 0)
            staged.releaseClaim()
            #expect(try await store.removeStrays(store.strays(inShard: shard, unchangedFor: .zero).files) == 1)
            #expect(try await objects(backend) == named)
            #expect(try await store.get(name("a")) == Self.content)
        }
    }

    @Test("many write at once under one name and read meanwhile: every read is whole, and one object is left")
    func many() async throws {
        try await with { _, backend, store async throws in
            try await store.put(name("a"), Self.content)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask { for _ in 0..<20 { try await store.put(name("a"), Self.content) } }
                    group.addTask {
                        for _ in 0..<40 {
                            let read = try await store.get(name("a"))
                            #expect(read == Self.content)
                        }
                    }
                }
                try await group.waitForAll()
            }
            // Without a collection, though each of them went while others claimed the same digest.
            #expect(try await objects(backend).count == 1)
            #expect(try await store.get(name("a")) == Self.content)
        }
    }

    @Test("of a bulk moves and is let go of as that of single writes")
    func bulk() async throws {
        try await with { _, backend, store async throws in
            func stage(_ key: String, _ conditions: Preconditions = .none) async throws -> BulkChange {
                try await store.stage(
                    WriteRequest(name: name(key), contentType: "a/b", conditions: conditions), Self.content)
            }
            try await store.commit([stage("a"), stage("b")])
            #expect(try await objects(backend).count == 1)
            let place = try await objects(backend)
            let changes = [try await stage("c"), try await stage("a", .onlyIfNew)]
            await #expect(throws: LarderError.self) { try await store.commit(changes) }
            #expect(try await objects(backend) == place)
            for key in ["a", "b"] { #expect(try await store.get(name(key)) == Self.content) }
            #expect(try await store.get(name("c")) == nil)
        }
    }
}
