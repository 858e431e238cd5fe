import BlobStoreTestSupport
import LarderModel
import LarderTestSupport
import Logging
import NIOCore
import Testing

@testable import BlobStore
@testable import Housekeeping
@testable import Index

@Suite("The indexing of a vault")
struct IndexingTests {
    private func name(_ key: String) throws -> EntryName {
        EntryName(site: .default, store: try StoreName("notes"), key: try EntryKey(key))
    }

    @Test("goes on over content that is damaged, which alone is not found")
    func damaged() async throws {
        let rule = Policy.Rule(keys: try Glob("**"), maxSize: ByteCount(1 << 20))
        let policy = Policy(name: "notes", matches: [try Glob("notes")], index: Policy.Index(), rules: [rule])
        let book = try PolicyBook([policy])
        try await Home.with(clock: ManualClock(Shelf.start)) { home async throws in
            try await home.open(policies: book, minFree: ByteCount(0)) { (blobs: BlobStore) async throws in
                var entries: [Entry] = []
                for key in ["a", "b", "c"] {
                    let writer = try blobs.beginWrite(WriteRequest(name: try name(key), contentType: "text/plain"))
                    try await writer.append(ByteBuffer(string: "music of \(key)"))
                    entries.append(try await writer.finish().entry)
                }
                let digest = entries[1].digest
                try await blobs.change { transaction in
                    try transaction.db.run("UPDATE objects SET data = ?1 WHERE digest = ?2") {
                        $0.set(1, [0])
                        $0.set(2, digest)
                    }
                }
                let store = try #require(try await blobs.look { try $0.storeHandles() }.first)
                let job = try await JobDriver.begin(.indexing(IndexingRequest(store)), by: "test", in: blobs)
                let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                try await JobDriver(blobs: blobs, logger: logger, waits: false).run(job) { false }
                #expect(try await blobs.look { try $0.job(job.id) }?.state == .done)
                let (isWhole, keys) = try await blobs.look { reader in
                    var keys: [[UInt8]] = []
                    try reader.passages(of: store.id, after: 0) { keys.append(Array($0.key)) }
                    return (try reader.vaultRows()[store.id]?.isWhole, keys)
                }
                #expect(isWhole == true && keys == ["a", "c"].map { Array($0.utf8) })
            }
        }
    }
}
