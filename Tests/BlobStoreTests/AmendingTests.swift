import BlobStoreTestSupport
import Index
import LarderModel
import LarderTestSupport
import Objects
import Testing

@testable import BlobStore

@Suite("Changing what an entry says of its content")
struct AmendingTests {
    @Test("leaves the content where it is, small and large", arguments: [10, ObjectStore.inlineMax + 1, 700_000])
    func content(size: Int) async throws {
        try await Home.with { home async throws in
            try await home.open { store async throws in
                let key = try name("k")
                let metadata = try Metadata(json: #"{"n":1}"#.bytes)
                let first = try await store.put(key, noise(size), metadata: metadata, expiry: .after(.seconds(60)))
                    .entry
                let files = try home.objectFiles()
                home.clock.advance(by: .seconds(10))
                let typed = try await store.amend(key, Amendment(contentType: "image/png"), conditions: .none)
                #expect(!typed.isNew)
                #expect(typed.entry.contentType == "image/png")
                #expect(typed.entry.metadata == metadata && typed.entry.expiresAt == first.expiresAt)
                #expect(typed.entry.digest == first.digest && typed.entry.createdAt == first.createdAt)
                #expect(typed.entry.etag != first.etag && typed.entry.modifiedAt > first.modifiedAt)
                let ended = try await store.amend(
                    key, Amendment(metadata: Metadata.none, expiry: .never), conditions: .none
                ).entry
                #expect(ended.expiresAt == nil && ended.metadata.isEmpty && ended.contentType == "image/png")
                #expect(try await store.get(key) == noise(size))
                #expect(try home.objectFiles() == files)
                #expect(try await store.summary(of: key.store, in: key.site)?.bytes == Int64(size))
                #expect(try await store.delete(key))
                #expect(try await store.summary(of: key.store, in: key.site)?.bytes == 0)
            }
            // What was said is durable.
            try await home.open { store async throws in
                try await store.put(name("l"), noise(size))
                try await store.amend(name("l"), Amendment(contentType: "a/b"), conditions: .none)
            }
            try await home.open { store async throws in
                #expect(try await store.entry(name("l"))?.contentType == "a/b")
                #expect(try await store.get(name("l")) == noise(size))
            }
        }
    }

    @Test("is a compare-and-set where a condition is given; of nothing and of a log it is refused")
    func refusals() async throws {
        let policies = [try policy("logs", log: Policy.LogRule())]
        try await withStore(policies) { store async throws in
            let key = try name("k")
            func code(_ name: EntryName, _ conditions: Preconditions = .none) async throws -> LarderError.Code? {
                do {
                    try await store.amend(name, Amendment(contentType: "a/b"), conditions: conditions)
                    return nil
                } catch let error as LarderError { return error.code }
            }
            #expect(try await code(key) == .notFound)
            let first = try await store.put(key, [1]).entry
            try await store.put(key, [2])
            #expect(try await code(key, Preconditions(ifMatch: .tags([first.etag]))) == .preconditionFailed)
            #expect(try await store.entry(key)?.contentType == MediaType.json)
            let second = try #require(try await store.entry(key))
            #expect(try await code(key, Preconditions(ifMatch: .tags([second.etag]))) == nil)
            #expect(try await code(name("k", store: "logs")) == .conflict)
        }
    }

    @Test("of many at once each one counts")
    func concurrent() async throws {
        try await withStore { store async throws in
            let key = try name("k")
            try await store.put(key, noise(50_000))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await store.amend(key, Amendment(contentType: "a/b"), conditions: .none) }
                group.addTask {
                    try await store.amend(
                        key, Amendment(metadata: Metadata(json: #"{"a":1}"#.bytes)), conditions: .none)
                }
                group.addTask {
                    try await store.amend(key, Amendment(expiry: .after(.seconds(60))), conditions: .none)
                }
                try await group.waitForAll()
            }
            let entry = try #require(try await store.entry(key))
            #expect(entry.contentType == "a/b" && !entry.metadata.isEmpty && entry.expiresAt != nil)
        }
    }
}
