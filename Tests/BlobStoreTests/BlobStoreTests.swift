import BlobStoreTestSupport
import Gzip
import Index
import Foundation
import LarderModel
import LarderTestSupport
import NIOCore
import Objects
import Testing

@testable import BlobStore

@Suite("A store of entries")
struct BlobStoreTests {
    @Test("gives back what was written, small and large, also after a restart", arguments: Policy.Compression.allCases)
    func roundTrip(compression: Policy.Compression) async throws {
        try await Home.with { home async throws in
            let contents = [[], [1], text(1_399), text(32_768), text(32_769), noise(40_000), text(700_000)]
            let policies = [try policy("runs", compression)]
            let written = try await home.open(policies) { store async throws in
                var entries: [Entry] = []
                for (i, content) in contents.enumerated() {
                    let result = try await store.put(name("k\(i)"), content)
                    #expect(result.isNew)
                    #expect(result.entry.digest == (try digest(of: content)))
                    #expect(result.entry.size == Int64(content.count))
                    #expect(result.entry.placement == (content.count > ObjectStore.inlineMax ? .file : .inline))
                    entries.append(result.entry)
                }
                return entries
            }
            try await home.open(policies) { store async throws in
                for (i, content) in contents.enumerated() {
                    #expect(try await store.get(name("k\(i)")) == content)
                    #expect(try await store.entry(name("k\(i)")) == written[i])
                    // The second time from memory.
                    #expect(try await store.get(name("k\(i)")) == content)
                }
            }
        }
    }

    @Test(
        "keeps equal content once, across keys, stores and sites, until the last entry goes",
        arguments: [2_000, 100_000])
    func deduplicated(size: Int) async throws {
        try await Home.with { home async throws in
            try await home.open { store async throws in
                let names = [
                    try name("a"), try name("b"), try name("a", store: "evals"), try name("a", site: SiteID("other")),
                ]
                for (i, name) in names.enumerated() {
                    try await store.put(name, noise(size), metadata: try Metadata(json: #"{"n":\#(i)}"#.bytes))
                    #expect(store.statistics.dedupHits.value == Int64(i))
                }
                #expect(try home.objectFiles().count == (size > ObjectStore.inlineMax ? 1 : 0))
                for (i, name) in names.enumerated() {
                    for later in names[i...] { #expect(try await store.get(later) == noise(size)) }
                    #expect(try await store.delete(name))
                    #expect(try await store.entry(name) == nil)
                }
            }
        }
    }

    @Test("changes the ETag with content, type and metadata, and only then")
    func etag() async throws {
        try await withStore { store async throws in
            let key = try name("k")
            var seen: Set<ETag> = []
            let metadata = try Metadata(json: #"{"a":1}"#.bytes)
            for (content, type, metadata) in [
                ("a", "text/plain", Metadata.none), ("b", "text/plain", .none), ("a", "text/html", .none),
                ("a", "text/plain", metadata),
            ] {
                let first = try await store.put(key, content.bytes, type: type, metadata: metadata).entry.etag
                #expect(try await store.put(key, content.bytes, type: type, metadata: metadata).entry.etag == first)
                #expect(try await store.entry(key)?.etag == first)
                #expect(seen.insert(first).inserted)
            }
        }
    }

    struct TypeRow: Sendable {
        var sent: String?
        var metadata: String
        var type: String
    }

    @Test(
        "takes the content type from the metadata, where that has the form of one",
        arguments: [
            TypeRow(sent: nil, metadata: "{}", type: "application/octet-stream"),
            TypeRow(sent: "", metadata: "{}", type: "application/octet-stream"),
            TypeRow(sent: "text/plain;charset=UTF-8", metadata: "{}", type: "text/plain;charset=UTF-8"),
            TypeRow(sent: "text/plain", metadata: #"{"contentType":"video/mp4"}"#, type: "video/mp4"),
            TypeRow(sent: "text/plain", metadata: #"{"contentType":"video"}"#, type: "text/plain"),
            TypeRow(sent: "text/plain", metadata: #"{"contentType":7}"#, type: "text/plain"),
            TypeRow(sent: "text/plain", metadata: #"{"contentType":"a/b\r\nx: y"}"#, type: "text/plain"),
            TypeRow(sent: "text/plain", metadata: #"{"contentType":"a/b","contentType":"c/d"}"#, type: "c/d"),
        ])
    func contentType(row: TypeRow) async throws {
        let metadata = try Metadata(json: row.metadata.bytes)
        try await withStore { store async throws in
            try await store.put(name("k"), [1], type: row.sent, metadata: metadata)
            #expect(try await store.entry(name("k"))?.contentType == row.type)
        }
    }

    @Test(
        "refuses what is over its rule's limit, as soon as it is over, and keeps the old value",
        arguments: [1_000, 40_000])
    func limits(limit: Int) async throws {
        try await Home.with { home async throws in
            try await home.open([try policy("runs", maxSize: Int64(limit))]) { store async throws in
                let key = try name("k")
                try await store.put(key, noise(limit))
                func expectRefused(_ body: () async throws -> Void) async {
                    let error = await #expect(throws: LarderError.self) { try await body() }
                    #expect(error?.code == .entryTooLarge)
                    #expect(error?.message.contains("the rule '**' in policy 'runs'") == true)
                    #expect(error?.message.contains("\(ByteCount(Int64(limit)))") == true)
                }
                await expectRefused { _ = try await store.put(key, noise(limit + 1)) }
                // Not announced: noticed on the way.
                let writer = try store.beginWrite(WriteRequest(name: key))
                try await writer.append(ByteBuffer(bytes: noise(limit)))
                await expectRefused { try await writer.append(ByteBuffer(bytes: [1])) }
                writer.abandon()
                if limit < 32_768 {
                    let refused = await Result {
                        try await store.putSmall(WriteRequest(name: key, contentType: "image/png"), noise(limit + 1))
                    }
                    await expectRefused { _ = try refused.get() }
                }
                #expect(try await store.get(key) == noise(limit))
            }
        }
    }

    @Test("refuses content that is shorter or longer than announced", arguments: [99, 101])
    func declared(size: Int) async throws {
        try await withStore { store async throws in
            let writer = try store.beginWrite(WriteRequest(name: name("k"), declaredSize: 100))
            try await writer.append(ByteBuffer(bytes: noise(size)))
            let error = await #expect(throws: LarderError.self) { try await writer.finish() }
            #expect(error?.code == .malformedRequest)
            #expect(try await store.entry(name("k")) == nil)
        }
    }

    @Test("takes no ordinary write of a key that its policy calls a log")
    func logs() async throws {
        try await withStore([try policy("progress", log: Policy.LogRule())]) { store async throws in
            let key = try name("k", store: "progress")
            let error = await #expect(throws: LarderError.self) { try await store.put(key, "[]".bytes) }
            #expect(error?.code == .conflict)
            await #expect(throws: LarderError.self) { try await store.patch(key, "{}".bytes, conditions: .none) }
            #expect(!store.takesSmall(WriteRequest(name: key, contentType: "image/png", declaredSize: 1)))
        }
    }

    @Test("lets go of an entry when its time has come, to the millisecond")
    func expiry() async throws {
        try await Home.with { home async throws in
            try await home.open { store async throws in
                let key = try name("k")
                let first = try await store.put(key, [1], expiry: .after(.seconds(60))).entry
                #expect(first.expiresAt == home.clock.now + .seconds(60))
                home.clock.advance(by: .milliseconds(59_999))
                #expect(try await store.entry(key) == first)
                #expect(store.cachedContent(key) != nil)
                home.clock.advance(by: .milliseconds(1))
                for _ in 0..<2 {
                    #expect(try await store.entry(key) == nil)
                    #expect(try await store.content(key) == nil)
                    #expect(store.cached(key) == nil)
                    #expect(try await store.list(key.store, in: key.site, ListQuery()).entries.isEmpty)
                }
                // As if it had never been.
                await #expect(throws: LarderError.self) {
                    try await store.put(key, [2], conditions: Preconditions(ifMatch: .any))
                }
                let second = try await store.put(key, [2], conditions: .onlyIfNew)
                #expect(second.isNew)
                #expect(second.entry.createdAt == home.clock.now)
                #expect(second.entry.expiresAt == nil)
                #expect(try await store.summary(of: key.store, in: key.site)?.removed.expired == 1)
                home.clock.advance(by: .seconds(1_000_000))
                #expect(try await store.get(key) == [2])
            }
        }
    }

    @Test("keeps created and changes modified when an entry is written again")
    func times() async throws {
        try await Home.with { home async throws in
            try await home.open { store async throws in
                let first = try await store.put(name("k"), [1]).entry
                home.clock.advance(by: .seconds(5))
                let second = try await store.put(name("k"), [1])
                #expect(!second.isNew)
                #expect(second.entry.createdAt == first.createdAt)
                #expect(second.entry.modifiedAt == first.modifiedAt + .seconds(5))
            }
        }
    }

    @Test("removes a prefix in steps, and says what is left", arguments: [nil, 0, 1, 199, 200, 201, 450, 451, 1_000])
    func deletePrefix(limit: Int?) async throws {
        try await withStore { store async throws in
            let runs = try StoreName("runs")
            let names = try (0..<451).map { try name("p/\($0)") }
            _ = try await store.change { transaction in
                for name in names + [try BlobStoreTests.neighbour()] {
                    let staged = IndexTransaction.Object(
                        digest: try digest(of: [1]), size: 1, storedSize: 1, encoding: .identity, inline: [1]
                    ) { _, _ in
                        nil
                    }
                    let draft = IndexTransaction.Draft(
                        contentType: "a/b", metadata: .none,
                        etag: ETag(digest: staged.digest, contentType: "a/b", metadata: .none), expiry: .never,
                        conditions: .none)
                    _ = try transaction.put(name, draft, staged)
                }
            }
            let result = try await store.deletePrefix("p/".bytes, of: runs, in: .default, limit: limit)
            let expected = min(limit ?? .max, 451)
            #expect(result.deleted == expected)
            #expect(result.hasMore == (expected < 451))
            #expect(try await store.summary(of: runs, in: .default)?.entries == Int64(452 - expected))
            #expect(try await store.entry(BlobStoreTests.neighbour()) != nil)
        }
    }

    private static func neighbour() throws -> EntryName { try name("p2/1") }

    @Test("answers reads of an unknown store or key with nothing")
    func unknown() async throws {
        try await withStore { store async throws in
            #expect(try await store.content(name("k")) == nil)
            #expect(try await !store.delete(name("k")))
            #expect(try await store.deletePrefix([], of: StoreName("runs"), in: .default) == (0, false))
            #expect(try await store.summary(of: StoreName("runs"), in: .default) == nil)
            #expect(try await store.stores(of: .default, limit: 10).isEmpty)
        }
    }

    @Test("collects no more into memory than it was told")
    func collect() async throws {
        try await withStore { store async throws in
            try await store.put(name("k"), text(10_000))
            let content = try #require(try await store.content(name("k")))
            #expect(content.entry.encoding == .gzip)
            #expect(try await content.collect(limit: 10_000) == text(10_000))
            let error = await #expect(throws: LarderError.self) { try await content.collect(limit: 9_999) }
            #expect(error?.code == .entryTooLarge)
        }
    }

    @Test("gives out ranges of either form, small and large", arguments: [10_000, 100_000])
    func ranges(size: Int) async throws {
        try await withStore { store async throws in
            try await store.put(name("k"), text(size))
            let content = try #require(try await store.content(name("k")))
            func read(_ form: EntryContent.Form, _ range: Range<Int64>?) async throws -> [UInt8] {
                var reader = try content.reader(form, range: range)
                var bytes: [UInt8] = []
                while let piece = try await reader.next() { bytes += Array(buffer: piece) }
                return bytes
            }
            let stored = try await read(.stored, nil)
            #expect(try Gzip.decode(stored, limit: size) == text(size))
            for range: Range<Int64> in [0..<1, 0..<0, 9_000..<10_000, 37..<4_711] {
                #expect(
                    try await read(.plain, range) == Array(text(size)[Int(range.lowerBound)..<Int(range.upperBound)]))
            }
            #expect(try await read(.stored, 3..<20) == Array(stored[3..<20]))
        }
    }

    @Test("keeps what a reader has open as it was, whatever is written meanwhile")
    func snapshot() async throws {
        try await withStore { store async throws in
            let key = try name("k")
            try await store.put(key, noise(900_000))
            let content = try #require(try await store.content(key))
            var reader = try content.reader(.plain)
            var bytes = Array(buffer: try #require(try await reader.next()))
            try await store.put(key, text(10))
            #expect(try await store.delete(key))
            while let piece = try await reader.next() { bytes += Array(buffer: piece) }
            #expect(bytes == noise(900_000))
        }
    }
}

@Suite("A small write on the short way")
struct SmallWriteTests {
    @Test("does what the long way does", arguments: [0, 1, 1_399, 32_768])
    func same(size: Int) async throws {
        try await Home.with { home async throws in
            try await home.open { store async throws in
                var request = WriteRequest(
                    name: try name("k"), contentType: "image/png", metadata: try Metadata(json: #"{"a":1}"#.bytes),
                    expiry: .after(.seconds(10)),
                    declaredSize: Int64(size))
                #expect(store.takesSmall(request))
                let short = try await store.putSmall(request, noise(size))
                #expect(try await store.get(request.name) == noise(size))
                request.name = try name("l")
                let long = try await store.put(
                    request.name, noise(size), type: "image/png", metadata: request.metadata, expiry: request.expiry)
                var expected = long.entry
                expected.key = try name("k").key
                #expect(short.entry == expected)
                #expect(short.isNew && long.isNew)
                request.conditions = .onlyIfNew
                let refused = request
                let error = await #expect(throws: LarderError.self) { try await store.putSmall(refused, [1]) }
                #expect(error?.code == .preconditionFailed)
            }
        }
    }

    @Test("is not for what should be packed, is too large, or of unknown length")
    func notTaken() async throws {
        try await withStore([try policy("packed", .always)]) { store async throws in
            let key = try name("k")
            func takes(_ name: EntryName, _ type: String, _ size: Int64?) -> Bool {
                store.takesSmall(WriteRequest(name: name, contentType: type, declaredSize: size))
            }
            #expect(takes(key, MediaType.json, 1_399))
            #expect(!takes(key, MediaType.json, 1_400))
            #expect(takes(key, "image/png", 32_768))
            #expect(!takes(key, "image/png", 32_769))
            #expect(!takes(key, "image/png", nil))
            #expect(!takes(try name("k", store: "packed"), "image/png", 1))
            #expect(
                !store.putSmall(WriteRequest(name: key, contentType: MediaType.json), ByteBuffer(bytes: text(2_000))) {
                    _ in
                    Issue.record("it was taken")
                })
            #expect(try await store.entry(key) == nil)
            store.index.stopWriting(cause: "test")
            #expect(!takes(key, "image/png", 1))
        }
    }
}

extension BlobStore {
    /// ``putSmall(_:_:completion:)`` for tests that wait.
    func putSmall(_ request: WriteRequest, _ content: [UInt8]) async throws -> WriteResult {
        try await withCheckedThrowingContinuation { done in
            let taken = putSmall(request, ByteBuffer(bytes: content)) { done.resume(with: $0) }
            if !taken { done.resume(throwing: LarderError(.internalError, "it was not taken")) }
        }
    }
}
