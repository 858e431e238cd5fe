import BlobStore
import Housekeeping
import LarderModel
import Logging
import Testing

@testable import Index

@Suite("Cleanup")
struct CleanupTests {
    private static let day = Duration.seconds(86_400)

    @Test(
        "An entry goes when its time is over, and not a millisecond before",
        arguments: [(-1, false), (0, true), (1, true)])
    func edge(_ milliseconds: Int, _ goes: Bool) async throws {
        try await Shelf.with([("runs", Self.day)]) { shelf in
            try await shelf.put("runs", "k")
            shelf.advance(Self.day + .milliseconds(milliseconds))
            let dry = try await shelf.run(.cleanup(CleanupRequest(dryRun: true)))
            #expect(try shelf.count(dry, "removed") == (goes ? 1 : 0))
            #expect(try await shelf.has("runs", "k"))
            let real = try await shelf.run(.cleanup(CleanupRequest()))
            #expect(try shelf.count(real, "removed") == (goes ? 1 : 0))
            #expect(try await shelf.has("runs", "k") == !goes)
        }
    }

    @Test("A TTL goes at its time", arguments: [(-1, false), (0, true)])
    func ttl(_ milliseconds: Int, _ goes: Bool) async throws {
        try await Shelf.with { shelf in
            try await shelf.put("things", "k", ttl: .seconds(60))
            shelf.advance(.seconds(60) + .milliseconds(milliseconds))
            _ = try await shelf.run(.cleanup(CleanupRequest()))
            #expect(try await shelf.has("things", "k") == !goes)
        }
    }

    @Test("An entry that was written since it was found stays")
    func rewritten() async throws {
        try await Shelf.with([("runs", Self.day)]) { shelf in
            try await shelf.put("runs", "k")
            shelf.advance(Self.day)
            let cutoff = shelf.store.now - Self.day
            let handle = try #require(try await shelf.store.look { try $0.storeHandles() }.first)
            let found = try await shelf.store.look {
                try $0.aged(in: handle.id, by: cutoff, after: .start, limit: 10)
            }
            #expect(found.count == 1)
            try await shelf.put("runs", "k", [2])
            let removed = try await shelf.store.change {
                try $0.removeAged(EntryKey("k"), of: handle, .age, by: cutoff)
            }
            #expect(removed == nil)
            #expect(try await shelf.has("runs", "k"))
        }
    }

    @Test("One that has expired and is old counts once, as expired")
    func both() async throws {
        try await Shelf.with([("runs", Self.day)]) { shelf in
            try await shelf.put("runs", "k", ttl: .seconds(60))
            shelf.advance(Self.day)
            for isDry in [true, false] {
                let job = try await shelf.run(.cleanup(CleanupRequest(dryRun: isDry)))
                #expect(try shelf.count(job, "removed") == 1)
                #expect(String(decoding: job.result ?? [], as: UTF8.self).contains(#""ttl""#))
            }
        }
    }

    @Test(
        "A dry run names the oldest and the largest, twenty of each, whether or not it reads every entry",
        arguments: [false, true])
    func examples(_ namesKeys: Bool) async throws {
        try await Shelf.with([("runs", Self.day), ("audio", Self.day)]) { shelf in
            for index in 0..<30 {
                try await shelf.put(
                    index.isMultiple(of: 2) ? "runs" : "audio", "k\(index)", [UInt8](repeating: 7, count: index + 1))
                shelf.advance(.seconds(1))
            }
            shelf.advance(Self.day)
            let dry = try await shelf.run(.cleanup(CleanupRequest(dryRun: true, keys: namesKeys)))
            #expect(try shelf.names(dry, "oldest") == (0..<20).map { "k\($0)" })
            #expect(try shelf.names(dry, "largest") == (10..<30).reversed().map { "k\($0)" })
            let real = try await shelf.run(.cleanup(CleanupRequest()))
            #expect(try shelf.names(real, "oldest") == nil)
        }
    }

    @Test("A confirmed dry run removes what it showed: nothing that grew old, or was written, since")
    func confirmed() async throws {
        try await Shelf.with([("runs", Self.day)]) { shelf in
            for key in ["old", "rewritten"] { try await shelf.put("runs", key) }
            shelf.advance(Self.day / 2)
            try await shelf.put("runs", "younger")
            shelf.advance(Self.day / 2)
            let request = CleanupRequest(dryRun: true)
            let dry = try await shelf.run(.cleanup(request))
            #expect(try shelf.count(dry, "removed") == 2)
            shelf.advance(Self.day)
            try await shelf.put("runs", "rewritten")
            let real = try await shelf.run(.cleanup(CleanupRequest(confirming: request, at: dry.startedAt)))
            #expect(try shelf.count(real, "removed") == 1)
            #expect(try await !shelf.has("runs", "old"))
            #expect(try await shelf.has("runs", "rewritten"))
            #expect(try await shelf.has("runs", "younger"))
        }
    }

    @Test("Thousands go in steps, each counted once")
    func many() async throws {
        try await Shelf.with([("runs", Self.day)]) { shelf in
            for index in 0..<2_500 { try await shelf.put("runs", "k\(index)") }
            shelf.advance(Self.day)
            try await shelf.put("runs", "young")
            let dry = try await shelf.run(.cleanup(CleanupRequest(dryRun: true, keys: true)))
            let real = try await shelf.run(.cleanup(CleanupRequest()))
            #expect(try shelf.count(dry, "removed") == 2_500)
            #expect(try shelf.count(real, "removed") == 2_500)
            let summary = try await shelf.store.summary(of: StoreName("runs"), in: .default)
            #expect(summary?.entries == 1)
            #expect(summary?.removed.cleanup == 2_500)
        }
    }

    @Test("An entry that had expired by a clock that was ahead is served again once that is right")
    func aheadAndBack() async throws {
        try await Shelf.with([("runs", Self.day * 90)]) { shelf in
            let entry = try await shelf.put("runs", "k", ttl: .seconds(3_600))
            shelf.advance(Self.day * 365)
            #expect(try await shelf.store.entry(shelf.name("runs", "k")) == nil)
            shelf.advance(.zero - Self.day * 365)
            #expect(try await shelf.store.entry(shelf.name("runs", "k")) == entry)
            // Put back by another hour, it stays as much longer and not a moment more.
            shelf.advance(.seconds(-3_600))
            #expect(try await shelf.store.entry(shelf.name("runs", "k")) == entry)
            shelf.advance(.seconds(7_200) - .milliseconds(1))
            #expect(try await shelf.store.entry(shelf.name("runs", "k")) == entry)
            shelf.advance(.milliseconds(1))
            #expect(try await shelf.store.entry(shelf.name("runs", "k")) == nil)
        }
    }

    @Test(
        "A cleanup that began by a clock that was ahead removes no more once that is set back",
        arguments: [(3_600, true), (3_601, false)])
    func setBack(_ seconds: Int, _ goesOn: Bool) async throws {
        try await Shelf.with([("runs", Self.day)]) { shelf in
            try await shelf.put("runs", "k")
            shelf.advance(Self.day + .seconds(seconds))
            let job = try await JobDriver.begin(.cleanup(CleanupRequest()), by: "test", in: shelf.store)
            shelf.advance(.seconds(-seconds))
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            try await JobDriver(blobs: shelf.store, logger: logger, waits: false).run(job) { false }
            let ended = try await shelf.store.look { try $0.job(job.id) }
            #expect(ended?.state == (goesOn ? .done : .failed))
            #expect(try await shelf.has("runs", "k") == !goesOn)
            let error = String(decoding: ended?.error ?? [], as: UTF8.self)
            #expect(error.contains("set back") == !goesOn)
        }
    }
}
