import BlobStore
import BlobStoreTestSupport
import Index
import LarderModel
import LarderTestSupport
import NIOCore
import Synchronization
import Testing

@Suite("A watcher of writes")
struct WatcherTests {
    /// Watches the store `watched`, and misses in the transaction what it did not read the first few times.
    private final class Watcher: PreparingWatcher {
        struct Preparation: Sendable { let number: Int }
        struct State {
            var toMiss: Int
            var prepared: [[UInt8]] = []
            var seen: [Int?] = []
        }
        let state: Mutex<State>

        init(missing count: Int = 0) { state = Mutex(State(toMiss: count)) }

        func concerns(_ name: EntryName) -> Bool { name.store.text == "watched" }
        func needsContentInIndex(_ name: EntryName) -> Bool { false }

        func prepare(_ request: WriteRequest, _ content: EntryContent, in blobs: BlobStore) async throws -> any Sendable
        {
            let bytes = try await content.collect(limit: .max)
            return state.withLock { state in
                state.prepared.append(bytes)
                return Preparation(number: state.prepared.count)
            }
        }

        func entryChanged(_ name: EntryName, to entry: Entry?, in transaction: IndexTransaction) throws {
            let number = transaction.preparation(Preparation.self)?.number
            try state.withLock { state in
                if let entry, state.prepared.count <= state.toMiss { throw UnreadContent([entry]) }
                state.seen.append(number)
            }
        }
    }

    @Test("prepares again what was overtaken, up to 100 times", arguments: [0, 1, 99, 100], [10, 100_000])
    func overtaken(missing: Int, size: Int) async throws {
        try await Home.with { home async throws in
            let watcher = Watcher(missing: missing)
            try await home.open(watcher: watcher) { blobs async throws in
                let key = try name("k", store: "watched")
                if missing < 100 {
                    try await blobs.put(key, noise(size))
                    #expect(try await blobs.get(key) == noise(size))
                    #expect(watcher.state.withLock { $0.seen } == [missing + 1])
                } else {
                    let error = await #expect(throws: LarderError.self) { try await blobs.put(key, noise(size)) }
                    #expect(error?.code == .conflict)
                    #expect(try await blobs.get(key) == nil)
                }
                let prepared = watcher.state.withLock { $0.prepared }
                #expect(prepared.count == min(missing + 1, 100))
                #expect(prepared.allSatisfy { $0 == noise(size) })
            }
        }
    }

    @Test("finds what it prepared for its own write, and nothing at any other change")
    func own() async throws {
        try await Home.with { home async throws in
            let watcher = Watcher()
            try await home.open(watcher: watcher) { blobs async throws in
                let key = try name("k", store: "watched")
                try await blobs.put(key, [1])
                try await blobs.put(name("k", store: "other"), [1])
                _ = try await blobs.delete(key)
                try await blobs.put(key, [2])
                #expect(watcher.state.withLock { $0.seen } == [1, nil, 2])
            }
        }
    }

    @Test("is not passed by: small writes of its entries are left to the task")
    func small() async throws {
        try await Home.with { home async throws in
            try await home.open(watcher: Watcher()) { blobs async throws in
                for (store, isTaken) in [("watched", false), ("other", true)] {
                    let request = WriteRequest(name: try name("k", store: store), declaredSize: 1)
                    #expect(blobs.takesSmall(request) == isTaken)
                    await withCheckedContinuation { done in
                        let taken = blobs.putSmall(request, ByteBuffer(bytes: [1])) { _ in done.resume() }
                        #expect(taken == isTaken)
                        if !taken { done.resume() }
                    }
                }
            }
        }
    }

    @Test("undoes a write together with what belongs to it")
    func together() async throws {
        try await Home.with { home async throws in
            try await home.open { blobs async throws in
                let request = WriteRequest(name: try name("k"))
                let isNew = try await blobs.put(request, [1]) { result, _ in result.isNew }
                #expect(isNew)
                await #expect(throws: CancellationError.self) {
                    try await blobs.put(request, [2]) { _, _ in throw CancellationError() }
                }
                #expect(try await blobs.get(name("k")) == [1])
            }
        }
    }
}
