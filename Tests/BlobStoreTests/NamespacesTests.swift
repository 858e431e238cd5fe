import BlobStoreTestSupport
import Index
import LarderModel
import LarderTestSupport
import Testing

@testable import BlobStore

@Suite("Stores that are namespaces")
struct NamespacesTests {
    private func name(_ store: StoreHandle, _ key: String) throws -> EntryName {
        EntryName(site: store.site, store: store.name, key: try EntryKey(key))
    }

    @Test("keep their entries and their ID through a rename, and nothing stale is read under either name")
    func rename() async throws {
        try await withStore { store async throws in
            let namespaces = try await Namespaces(store)
            let old = try #require(try await namespaces.create(StoreName("old"), in: .default))
            #expect(try await namespaces.create(StoreName("old"), in: .default) == nil)
            try await store.put(name(old.store, "k"), [1])
            // Both in memory now.
            #expect(try await store.get(name(old.store, "k")) == [1])
            let new = try #require(try await namespaces.rename(old.id, old.store, to: StoreName("new")))
            #expect(new.id == old.id && new.store.id == old.store.id && namespaces[old.id] == new.store)
            #expect(try await store.entry(name(old.store, "k")) == nil)
            #expect(try await store.get(name(new.store, "k")) == [1])
            // Another store may have the old name, and is another one.
            try await store.put(name(old.store, "k"), [2])
            #expect(try await store.get(name(new.store, "k")) == [1])
            // By its number it is found whatever has its name.
            let kept = try #require(try await store.entry(name(new.store, "k")))
            let found = try await store.index.lookUp(
                name(old.store, "k"), store: old.store.id, wantsContent: false)
            #expect(found?.entry.etag == kept.etag)
            let page = try await store.list(old.store, ListQuery(limit: 10)) { _ in }
            #expect(page.entries.map(\.etag) == [kept.etag])
            #expect(try await namespaces.rename(old.id, new.store, to: StoreName("old")) == nil)
            await #expect(throws: LarderError.self) {
                try await namespaces.rename(old.id, old.store, to: StoreName("third"))
            }
        }
    }

    @Test("are none any more when they are removed as stores, and another may take the name")
    func removedAsStore() async throws {
        try await withStore { store async throws in
            let namespaces = try await Namespaces(store)
            let gone = try #require(try await namespaces.create(StoreName("gone"), in: .default))
            let other = try #require(try await namespaces.create(StoreName("other"), in: .default))
            try await store.put(name(other.store, "k"), [1])
            #expect(try await store.removeStore(gone.store.name, in: .default) == true)
            #expect(namespaces[gone.id] == nil)
            let new = try #require(try await namespaces.rename(other.id, other.store, to: gone.store.name))
            #expect(try await store.get(name(new.store, "k")) == [1])
            #expect(try await store.removeStore(new.store.name, in: .default) == false)
        }
    }

    @Test("are written only while they have the number that was looked up")
    func number() async throws {
        try await withStore { store async throws in
            let namespaces = try await Namespaces(store)
            let first = try #require(try await namespaces.create(StoreName("s"), in: .default))
            _ = try await namespaces.rename(first.id, first.store, to: StoreName("t"))
            var wanted = WriteRequest(name: try name(first.store, "k"))
            wanted.store = first.store.id
            let change = try await store.stage(wanted, [1])
            let error = await #expect(throws: LarderError.self) { try await store.commit([change]) }
            #expect(error?.code == .unavailable)
            await #expect(throws: LarderError.self) {
                try await store.delete(name(first.store, "k"), store: first.store.id)
            }
            #expect(try await store.summary(of: first.store.name, in: .default) == nil)
        }
    }

    @Test("are gone at once when they are removed, and a cleanup that began before leaves a new one alone")
    func removal() async throws {
        try await withStore { store async throws in
            let namespaces = try await Namespaces(store)
            let old = try #require(try await namespaces.create(StoreName("s"), in: .default))
            try await store.put(name(old.store, "k"), [1], expiry: .at(Timestamp(milliseconds: 1)))
            try await store.change { try $0.remove(old) }
            #expect(namespaces[old.id] == nil)
            #expect(try await store.summary(of: old.store.name, in: .default) == nil)
            let new = try #require(try await namespaces.create(StoreName("s"), in: .default))
            #expect(new.store.id != old.store.id)
            try await store.put(name(new.store, "k"), [2])
            let removed = try await store.change {
                try $0.removeAged(try EntryKey("k"), of: old.store, .ttl, by: Timestamp(milliseconds: .max))
            }
            #expect(removed == nil)
            #expect(try await store.get(name(new.store, "k")) == [2])
            #expect(try await store.look { try $0.removedStores(limit: 10) } == [old.store.id])
        }
    }

    @Test("Many changes are committed together or not at all, small and large")
    func bulk() async throws {
        try await withStore { store async throws in
            func change(_ key: String, _ content: [UInt8]) async throws -> BulkChange {
                let name = EntryName(site: .default, store: try StoreName("s"), key: try EntryKey(key))
                return try await store.stage(WriteRequest(name: name), content)
            }
            let changes = [
                try await change("a", [1]), try await change("b", noise(100_000)), try await change("a", [2]),
                try await change("c", noise(100_000)),
            ]
            try await store.commit(changes)
            #expect(try await store.summary(of: StoreName("s"), in: .default)?.entries == 3)
            let failing = [
                try await change("d", noise(90_000)), BulkChange { _ in throw LarderError(.conflict, "no") },
            ]
            await #expect(throws: LarderError.self) { try await store.commit(failing) }
            #expect(try await store.summary(of: StoreName("s"), in: .default)?.entries == 3)
        }
    }
}
