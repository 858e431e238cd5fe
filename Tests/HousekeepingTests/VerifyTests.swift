import Housekeeping
import LarderModel
import Objects
import Testing

@testable import BlobStore
@testable import Index

@Suite("Verification")
struct VerifyTests {
    @Test(
        "Damaged small content in the index is found, named and heals",
        arguments: [[UInt8](repeating: 7, count: 100), Array("abcdef".utf8)])
    func inline(_ content: [UInt8]) async throws {
        try await Shelf.with { shelf in
            let entry = try await shelf.put("things", "k", content)
            try await shelf.store.change { transaction in
                try transaction.db.run("UPDATE objects SET data = ?1 WHERE digest = ?2") {
                    $0.set(1, Array(content.reversed()) + [0])
                    $0.set(2, entry.digest)
                }
            }
            let job = try await shelf.run(.verify(VerifyRequest()))
            #expect(try shelf.count(job, "corrupt") == 1)
            #expect(String(decoding: job.result ?? [], as: UTF8.self).contains(#""key":"k""#))
            try await shelf.put("other", "again", content)
            #expect(try shelf.count(try await shelf.run(.verify(VerifyRequest())), "corrupt") == 0)
        }
    }

    @Test("A file that was written again since it was found damaged is not moved")
    func healedMeanwhile() async throws {
        try await Shelf.with { shelf in
            let entry = try await shelf.put("things", "k", Shelf.large(1))
            let locator = ObjectLocator(entry.digest, entry.encoding)
            let stale = try await shelf.store.objects.check(locator, size: entry.size)
            try await shelf.put("things", "again", Shelf.large(1))
            #expect(try await !shelf.store.quarantine(locator, ifStill: stale.stamp))
            let fresh = try await shelf.store.objects.check(locator, size: entry.size)
            #expect(try await shelf.store.quarantine(locator, ifStill: fresh.stamp))
        }
    }

    @Test("A rate is kept to")
    func rate() async throws {
        try await Shelf.with { shelf in
            for seed in 1...10 { try await shelf.put("things", "k\(seed)", Shelf.large(UInt8(seed))) }
            let stored = try await shelf.store.look { try $0.objectTotals().storedBytes }
            let begun = ContinuousClock.now
            let job = try await shelf.run(.verify(VerifyRequest(bytesPerSecond: stored * 2)))
            #expect(ContinuousClock.now - begun >= .milliseconds(400))
            #expect(try shelf.count(job, "verified") == 10)
        }
    }
}
