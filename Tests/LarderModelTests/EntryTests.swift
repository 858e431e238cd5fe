import LarderModel
import Testing

@Suite("An entry")
struct EntryTests {
    @Test(
        "is gone from the very moment that it expires",
        arguments: [(999, false), (1_000, true), (1_001, true)] as [(Int64, Bool)])
    func expiry(now: Int64, isExpired: Bool) throws {
        var entry = Entry(
            key: try EntryKey("k"), size: 0, storedSize: 0, encoding: .identity,
            digest: try #require(Digest([UInt8](repeating: 1, count: 32))),
            etag: try #require(ETag([UInt8](repeating: 1, count: 16))), contentType: "text/plain", metadata: .none,
            createdAt: Timestamp(milliseconds: 0), modifiedAt: Timestamp(milliseconds: 0),
            expiresAt: Timestamp(milliseconds: 1_000))
        #expect(entry.isExpired(at: Timestamp(milliseconds: now)) == isExpired)
        entry.expiresAt = nil
        #expect(!entry.isExpired(at: Timestamp(milliseconds: now)))
    }
}
