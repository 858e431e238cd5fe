import BlobStore
import Foundation
import Housekeeping
import Index
import LarderModel
import Testing

@Suite("Versions and cleanup")
struct VersionTests {
    private static let day = Duration.seconds(86_400)

    private func count(_ shelf: Shelf, _ store: String, _ key: String) async throws -> Int {
        try await shelf.store.versions(of: try shelf.name(store, key), before: nil, limit: 100).count
    }

    private func versions(_ job: JobRecord) throws -> Int64? {
        let object = try JSONSerialization.jsonObject(with: Data(job.result ?? [])) as? [String: Any]
        return ((object?["versions"] as? [String: Any])?["removed"] as? NSNumber)?.int64Value
    }

    @Test("A version is not shown past its time, and goes with the next cleanup; a dry run counts it")
    func period() async throws {
        try await Shelf.with(rules: [("docs", keep: nil, versions: .period(Self.day))]) { shelf in
            for content in 1...3 { try await shelf.put("docs", "k", [UInt8(content)]) }
            shelf.advance(Self.day - .milliseconds(1))
            #expect(try await count(shelf, "docs", "k") == 2)
            let early = try await shelf.run(.cleanup(CleanupRequest()))
            #expect(try versions(early) == nil)
            shelf.advance(.milliseconds(1))
            #expect(try await count(shelf, "docs", "k") == 0)
            let dry = try await shelf.run(.cleanup(CleanupRequest(dryRun: true)))
            #expect(try versions(dry) == 2)
            let real = try await shelf.run(.cleanup(CleanupRequest()))
            #expect(try versions(real) == 2)
            #expect(try shelf.count(real, "removed") == 0)
            #expect(try await shelf.has("docs", "k"))
            #expect(try versions(try await shelf.run(.cleanup(CleanupRequest()))) == nil)
        }
    }

    @Test("Where a rule has a keep, versions that were replaced so long ago go, too")
    func keep() async throws {
        try await Shelf.with(rules: [("docs", keep: Self.day, versions: .newest(5))]) { shelf in
            try await shelf.put("docs", "k", [1])
            try await shelf.put("docs", "k", [2])
            shelf.advance(.seconds(3_600))
            try await shelf.put("docs", "k", [3])
            shelf.advance(Self.day - .seconds(3_600))
            #expect(try versions(try await shelf.run(.cleanup(CleanupRequest()))) == 1)
            #expect(try await count(shelf, "docs", "k") == 1)
            shelf.advance(.seconds(3_600))
            #expect(try shelf.count(try await shelf.run(.cleanup(CleanupRequest())), "removed") == 1)
            #expect(try await count(shelf, "docs", "k") == 0)
        }
    }

    @Test("Content of versions is collected once they are gone, and verification finds nothing wrong before or after")
    func collected() async throws {
        try await Shelf.with(rules: [("docs", keep: nil, versions: .period(Self.day))]) { shelf in
            try await shelf.put("docs", "k", Shelf.large(1))
            try await shelf.put("docs", "k", Shelf.large(2))
            _ = try await shelf.store.delete(try shelf.name("docs", "k"))
            let early = try await shelf.run(.collect(CollectRequest(grace: .zero)))
            #expect(try shelf.count(early, "removed") == 0 && shelf.count(early, "differences") == 0)
            shelf.advance(Self.day)
            #expect(try versions(try await shelf.run(.cleanup(CleanupRequest()))) == 2)
            let late = try await shelf.run(.collect(CollectRequest(grace: .zero)))
            #expect(try shelf.count(late, "removed") == 2 && shelf.count(late, "differences") == 0)
        }
    }

    @Test("A version that is restored is a write: content, type and metadata come back, also after a deletion")
    func restored() async throws {
        try await Shelf.with(rules: [("docs", keep: nil, versions: .newest(5))]) { shelf in
            let name = try shelf.name("docs", "k")
            for content in [[1], Shelf.large(1)] {
                let first = try await shelf.put("docs", "k", content)
                try await shelf.put("docs", "k", [9])
                _ = try await shelf.store.delete(name)
                let back = try await shelf.store.restore(name, first.etag, conditions: .none)
                #expect(back.isNew && back.entry.etag == first.etag && back.entry.digest == first.digest)
                let read = try await shelf.store.content(name)?.collect(limit: .max)
                #expect(read == content)
            }
            await #expect(throws: LarderError.self) {
                _ = try await shelf.store.restore(
                    name, try #require(ETag([UInt8](repeating: 7, count: 16))), conditions: .none)
            }
            let collected = try await shelf.run(.collect(CollectRequest(grace: .zero)))
            #expect(try shelf.count(collected, "differences") == 0)
        }
    }
}
