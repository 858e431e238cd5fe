import Housekeeping
import LarderModel
import NIOCore
import Objects
import Testing

@testable import BlobStore
@testable import Index

@Suite("Collection")
struct CollectTests {
    private func files(_ shelf: Shelf) async throws -> Int {
        var count = 0
        for shard in UInt8.min...UInt8.max { count += try await shelf.store.objects.list(shard: shard).objects.count }
        return count
    }

    @Test("An object goes when its grace period is over", arguments: [(599, false), (600, true)])
    func grace(_ seconds: Int, _ goes: Bool) async throws {
        try await Shelf.with { shelf in
            try await shelf.put("things", "k", Shelf.large(1))
            _ = try await shelf.store.delete(shelf.name("things", "k"))
            shelf.advance(.seconds(seconds))
            let job = try await shelf.run(.collect(CollectRequest()))
            #expect(try shelf.count(job, "removed") == (goes ? 1 : 0))
            #expect(try await files(shelf) == (goes ? 0 : 1))
        }
    }

    @Test("The file of a digest that a put has claimed stays, and so does what the put makes of it")
    func claimed() async throws {
        try await Shelf.with { shelf in
            let entry = try await shelf.put("things", "k", Shelf.large(1))
            _ = try await shelf.store.delete(shelf.name("things", "k"))
            let claim = await shelf.store.objects.claims.claim(entry.digest)
            let job = try await shelf.run(.collect(CollectRequest(grace: .zero)))
            #expect(try shelf.count(job, "removed") == 1)
            #expect(try await files(shelf) == 1)
            claim.release()
            try await shelf.put("things", "k", Shelf.large(1))
            let content = try #require(try await shelf.store.content(shelf.name("things", "k")))
            #expect(try await content.collect(limit: 1 << 20).elementsEqual(Shelf.large(1)))
        }
    }

    @Test("A file that a row names is no stray; one in another form is")
    func strays() async throws {
        try await Shelf.with { shelf in
            let entry = try await shelf.put("things", "k", Shelf.large(1))
            func removed(_ encoding: Encoding) async throws -> Int {
                let locator = ObjectLocator(entry.digest, encoding)
                return try await shelf.store.removeStrays([StrayFile(locator: locator, size: 1)])
            }
            #expect(try await removed(entry.encoding) == 0)
            #expect(try await removed(entry.encoding == .gzip ? .identity : .gzip) == 1)
            #expect(try await files(shelf) == 1)
        }
    }

    @Test("Wrong counts of references are found and put right, in both directions", arguments: [-1, 1, 5])
    func references(_ error: Int) async throws {
        try await Shelf.with { shelf in
            let entry = try await shelf.put("things", "a", Shelf.large(1))
            try await shelf.put("things", "b", Shelf.large(1))
            try await shelf.store.change { transaction in
                try transaction.db.run("UPDATE objects SET refs = refs + ?1 WHERE digest = ?2") {
                    $0.set(1, error)
                    $0.set(2, entry.digest)
                }
            }
            let job = try await shelf.run(.collect(CollectRequest(grace: .zero, isFull: true)))
            #expect(try shelf.count(job, "differences") == 1)
            let after = try await shelf.store.look { try $0.compareReferences(after: 0, limit: 10) }
            #expect(after.differences.isEmpty)
            for key in ["a", "b"] { _ = try await shelf.store.delete(shelf.name("things", key)) }
            let last = try await shelf.run(.collect(CollectRequest(grace: .zero)))
            #expect(try shelf.count(last, "removed") == 1)
        }
    }

    @Test("Counts are compared a stretch at a time, and the stretches fit together")
    func stretches() async throws {
        try await Shelf.with { shelf in
            for index in 0..<10 { try await shelf.put("things", "k\(index)", [UInt8(index)]) }
            var after: Int64 = 0
            var count = 0
            while true {
                let found = try await shelf.store.look { [after] in
                    try $0.compareReferences(after: after, limit: 3)
                }
                #expect(found.differences.isEmpty)
                #expect(found.dangling == 0)
                count += 1
                guard let last = found.last else { break }
                after = last
            }
            #expect(count == 4)
        }
    }
}
