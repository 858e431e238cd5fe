import LarderModel
import LarderTestSupport
import NIOCore
import Testing

@testable import Index

@Suite("The cache of entries", .everyEngine)
struct EntryCacheTests {
    private let cache = EntryCache(maxBytes: 16 << 20)
    private let key: EntryName

    init() throws { key = try name("a") }

    private func entry(_ value: UInt8, size: Int = 1, key: EntryName? = nil) throws -> CachedEntry {
        let content = [UInt8](repeating: value, count: size)
        let digest = try digest(of: content)
        let time = Timestamp(milliseconds: 1)
        return CachedEntry(
            Entry(
                key: (key ?? self.key).key, size: Int64(size), storedSize: Int64(size), encoding: .identity,
                digest: digest,
                etag: try #require(ETag(digest.bytes)), contentType: MediaType.json, metadata: .none, createdAt: time,
                modifiedAt: time,
                expiresAt: nil),
            content: ByteBuffer(bytes: content))
    }

    private var kept: UInt8? { cache.entry(key)?.content?.readableBytesView.first }

    @Test("keeps what a reader found")
    func fill() throws {
        let ticket = try #require(cache.ticket(key))
        #expect(kept == nil)
        cache.fill(key, try entry(1), ticket)
        #expect(kept == 1)
    }

    @Test("drops what was read before a commit and comes after it began")
    func fillDuringCommit() throws {
        let ticket = try #require(cache.ticket(key))
        cache.close(key)
        cache.fill(key, try entry(1), ticket)
        #expect(kept == nil)
        cache.reopen(key, with: try entry(2))
        cache.fill(key, try entry(1), ticket)
        #expect(kept == 2)
    }

    @Test("gives no ticket and no entry while a commit is under way")
    func closed() throws {
        cache.fill(key, try entry(1), try #require(cache.ticket(key)))
        cache.close(key)
        #expect(kept == nil)
        #expect(cache.ticket(key) == nil)
        cache.reopen(key, with: nil)
        #expect(kept == nil, "removed")
        #expect(cache.ticket(key) != nil)
    }

    @Test("drops what was read before a removal")
    func fillAfterRemoval() throws {
        let ticket = try #require(cache.ticket(key))
        cache.close(key)
        cache.reopen(key, with: nil)
        cache.fill(key, try entry(1), ticket)
        #expect(kept == nil)
    }

    @Test("opens a name when the last change of it is done")
    func twice() throws {
        cache.close(key)
        cache.close(key)
        cache.reopen(key, with: try entry(1))
        #expect(kept == nil)
        #expect(cache.ticket(key) == nil)
        cache.reopen(key, with: try entry(2))
        #expect(kept == 2)
    }

    @Test("keeps within its bytes, and keeps what is used")
    func bounded() throws {
        let cache = EntryCache(maxBytes: 1 << 20)
        let names = try (0..<3_000).map { try name("k\($0)") }
        for (i, name) in names.enumerated() {
            cache.fill(name, try entry(1, size: 1_000, key: name), try #require(cache.ticket(name)))
            // Used all the time: it outlives the others.
            if i > 0 { #expect(cache.entry(names[0]) != nil) }
        }
        let left = names.count { cache.entry($0) != nil }
        #expect((300...655).contains(left), "about 1,600 bytes each")
        #expect(cache.entry(names[2_999]) != nil)
    }

    @Test("does not take what would push out all else")
    func tooLarge() throws {
        let cache = EntryCache(maxBytes: 16 << 10)
        cache.fill(key, try entry(1, size: 1_000), try #require(cache.ticket(key)))
        #expect(cache.entry(key) == nil)
        EntryCache(maxBytes: 0).fill(key, try entry(1), try #require(cache.ticket(key)))
    }

    @Test("forgets the old form when an entry is replaced", arguments: [10, 4_000_000])
    func replaced(size: Int) throws {
        cache.fill(key, try entry(1), try #require(cache.ticket(key)))
        cache.close(key)
        cache.reopen(key, with: try entry(2, size: size))
        // Too large for the cache: then nothing, never the old one.
        #expect(kept == (size == 10 ? 2 : nil))
    }
}
