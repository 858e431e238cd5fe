import BlobStore
import BlobStoreTestSupport
import Index
import LarderModel
import LarderTestSupport
import NIOCore
import Objects
import Testing

@Suite("Many at once")
struct ConcurrencyTests {
    @Test("never see an older value after a newer one", arguments: ["short way", "long way"], 1...2)
    func monotonic(way: String, round: Int) async throws {
        try await withStore { store async throws in
            let names = try (0..<3).map { try name("counter\($0)") }
            let highest = names.map { _ in Counter() }  // the last value that was answered
            let ended = Counter()
            try await withThrowingTaskGroup { group in
                for (i, name) in names.enumerated() {
                    group.addTask {
                        defer { ended.add() }
                        for value in 1...150 {
                            let content = "\(value)".bytes
                            if way == "short way" {
                                _ = try await store.putSmall(WriteRequest(name: name, contentType: "a/b"), content)
                            } else {
                                try await store.put(name, content)
                            }
                            highest[i].add()
                            // Reads that begin now see this value or a later one.
                            if value.isMultiple(of: 5) { #expect(try await current(of: name, in: store) >= value) }
                        }
                    }
                }
                for _ in 0..<6 {
                    group.addTask {
                        // Each reads in all ways, for what it saw in one must not be newer than what another shows
                        // later.
                        var last = names.map { _ in 0 }
                        var random = SystemRandomNumberGenerator()
                        while ended.value < Int64(names.count) {
                            let i = Int.random(in: names.indices, using: &random)
                            let atLeast = Int(highest[i].value)
                            let way = Int.random(in: 0..<3, using: &random)
                            let seen =
                                switch way {
                                case 0: try await current(of: names[i], in: store)
                                case 1:
                                    store.cachedContent(names[i]).flatMap {
                                        $0.storedBytes.flatMap { Int(String(buffer: $0)) }
                                    } ?? last[i]
                                default: try await listedValue(of: names[i], in: store)
                                }
                            #expect(seen >= last[i], "\(names[i]) went back")
                            if way != 1 { #expect(seen >= atLeast, "\(names[i]) is behind an answered write") }
                            last[i] = max(last[i], seen)
                            await Task.yield()
                        }
                    }
                }
                try await group.waitForAll()
            }
            for name in names { #expect(try await current(of: name, in: store) == 150) }
        }
    }

    private func current(of name: EntryName, in store: BlobStore) async throws -> Int {
        guard let bytes = try await store.get(name) else { return 0 }
        return try #require(Int(bytes.text))
    }

    /// From the list, whose entries tell the content by their digest.
    private func listedValue(of name: EntryName, in store: BlobStore) async throws -> Int {
        let page = try await store.list(name.store, in: name.site, ListQuery(prefix: name.key.bytes))
        guard let entry = page.entries.first else { return 0 }
        return try #require(Self.valuesByDigest[entry.digest])
    }

    private static let valuesByDigest: [Digest: Int] = {
        var values: [Digest: Int] = [:]
        for value in 1...150 { if let digest = try? digest(of: "\(value)".bytes) { values[digest] = value } }
        return values
    }()

    @Test("patch different fields of one entry, and all of them land")
    func patches() async throws {
        try await withStore { store async throws in
            let key = try name("k")
            try await store.put(key, #"{"kept":1.0,"a":{"deep":true}}"#.bytes)
            try await withThrowingTaskGroup { group in
                for i in 0..<50 {
                    group.addTask {
                        _ = try await store.patch(key, #"{"a":{"f\#(i)":\#(i)}}"#.bytes, conditions: .none)
                    }
                }
                // Another kind of write comes between.
                for i in 0..<10 {
                    group.addTask {
                        _ = try? await store.put(
                            key, #"{"kept":1.0,"a":{"deep":true,"put\#(i)":1}}"#.bytes,
                            conditions: Preconditions(ifMatch: .tags([])))
                    }
                }
                try await group.waitForAll()
            }
            let text = try #require(try await store.get(key)).text
            #expect(text.hasPrefix(#"{"kept":1.0,"a":{"deep":true,"#))
            for i in 0..<50 { #expect(text.contains(#""f\#(i)":\#(i)"#)) }
        }
    }

    @Test("patch an entry that is overwritten all the time: each patch lands on something that was there")
    func patchesAmongPuts() async throws {
        try await withStore { store async throws in
            let key = try name("k")
            try await withThrowingTaskGroup { group in
                group.addTask { for i in 0..<40 { try await store.put(key, #"{"put":\#(i)}"#.bytes) } }
                for i in 0..<4 {
                    group.addTask {
                        for _ in 0..<10 {
                            let result = try await store.patch(key, #"{"patch\#(i)":1}"#.bytes, conditions: .none)
                            #expect(result.entry.size > 10)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let text = try #require(try await store.get(key)).text
            #expect(text.contains(#""put":39"#))
        }
    }

    @Test("write the same content for the first time: one object", arguments: [5_000, 200_000])
    func sameContent(size: Int) async throws {
        try await Home.with { home async throws in
            try await home.open { store async throws in
                try await withThrowingTaskGroup { group in
                    for i in 0..<24 { group.addTask { try await store.put(name("k\(i)"), noise(size)) } }
                    try await group.waitForAll()
                }
                for i in 0..<24 { #expect(try await store.get(name("k\(i)")) == noise(size)) }
                #expect(try home.objectFiles().count == (size > ObjectStore.inlineMax ? 1 : 0))
                #expect(store.statistics.dedupHits.value == 23)
            }
        }
    }
}

@Suite("A merge patch")
struct PatchTests {
    @Test("makes the entry when there is none, as JSON")
    func created() async throws {
        try await withStore { store async throws in
            let result = try await store.patch(name("k"), #"{"a":1,"b":null}"#.bytes, conditions: .onlyIfNew)
            #expect(result.isNew)
            #expect(result.entry.contentType == MediaType.json)
            #expect(try await store.get(name("k")) == #"{"a":1}"#.bytes)
        }
    }

    @Test("keeps type, metadata and expiry, and the bytes that it does not name")
    func kept() async throws {
        try await withStore { store async throws in
            let key = try name("k"), metadata = try Metadata(json: #"{"m":1}"#.bytes)
            let before = try await store.put(
                key, #"{"n":1.50,"s":"\u00e9"}"#.bytes, type: "application/x+json", metadata: metadata,
                expiry: .after(.seconds(60))
            ).entry
            let after = try await store.patch(
                key, #"{"x":[]}"#.bytes, conditions: Preconditions(ifMatch: .tags([before.etag]))
            ).entry
            #expect(after.contentType == before.contentType)
            #expect(after.metadata == metadata)
            #expect(after.expiresAt == before.expiresAt)
            #expect(try await store.get(key) == #"{"n":1.50,"s":"\u00e9","x":[]}"#.bytes)
        }
    }

    @Test("works on large entries in files")
    func large() async throws {
        try await withStore { store async throws in
            let long = String(repeating: "x", count: 100_000)
            try await store.put(name("k"), #"{"long":"\#(long)"}"#.bytes)
            _ = try await store.patch(name("k"), #"{"a":1}"#.bytes, conditions: .none)
            #expect(try await store.get(name("k")) == #"{"long":"\#(long)","a":1}"#.bytes)
        }
    }

    @Test("is refused when the conditions, the JSON or the size are not met, and changes nothing then")
    func refused() async throws {
        try await withStore([try policy("runs", maxSize: 20)]) { store async throws in
            let key = try name("k")
            let tag = try await store.put(key, #"{"a":1}"#.bytes).entry.etag
            for (patch, conditions, code) in [
                (#"{"a":2}"#, Preconditions.onlyIfNew, LarderError.Code.preconditionFailed),
                (#"{"a":2}"#, Preconditions(ifMatch: .tags([])), .preconditionFailed),
                (#"{"a":"#, .none, .notJSON),
                (#"{"b":"0123456789012345"}"#, .none, .entryTooLarge),
            ] {
                let error = await #expect(throws: LarderError.self) {
                    try await store.patch(key, patch.bytes, conditions: conditions)
                }
                #expect(error?.code == code)
            }
            #expect(try await store.entry(key)?.etag == tag)
            try await store.put(key, "not json".bytes)
            let error = await #expect(throws: LarderError.self) {
                try await store.patch(key, "{}".bytes, conditions: .none)
            }
            #expect(error?.code == .notJSON)
        }
    }
}
