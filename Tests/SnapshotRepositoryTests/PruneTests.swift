import LarderModel
import LarderTestSupport
import NIOCore
import Objects
import Testing

@testable import SnapshotRepository

@Suite("A prune")
struct PruneTests {
    private static let grace = Duration.seconds(3_600)

    private func prune(
        _ repository: Repository, keeping kept: [Content], _ bench: Bench
    ) async throws -> PruneOutcome {
        let lock = try await repository.lock(.pruning, larder: "one", clock: bench.clock.clock, pause: { _ in })
        var contents = KeptContents()
        for content in kept + kept { contents.add(content.digest, content.encoding) }
        let outcome = try await repository.removeContents(keeping: contents, grace: Self.grace, under: lock)
        await lock.release()
        return outcome
    }

    @Test("removes what is not kept, once it is older than the grace", arguments: [false, true])
    func large(_ encrypted: Bool) async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create(encrypted: encrypted)
            let kept = try Content(text(100_000), .gzip), other = try Content(text(100_000)),
                gone = try Content(noise(9))
            for content in [kept, other, gone] { try await repository.add(content) }
            bench.clock.advance(by: Self.grace)
            #expect(try await prune(repository, keeping: [kept], bench) == PruneOutcome())
            let before = try await repository.contents().bytes
            bench.clock.advance(by: .milliseconds(1))
            let outcome = try await prune(repository, keeping: [kept], bench)
            #expect(outcome.objects == 2 && outcome.packs == 0 && outcome.rewritten == 0)
            let contents = try await repository.contents()
            #expect(before - contents.bytes == outcome.bytesFreed)
            #expect(contents.count == 1 && contents.isLarge(kept.digest, .gzip))
            #expect(try await repository.readAll(kept) == kept.stored)
        }
    }

    @Test("removes packs of nothing, writes thin ones again and leaves full ones", arguments: [false, true])
    func packs(_ encrypted: Bool) async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create(encrypted: encrypted)
            let contents = try (0..<40).map(Content.small)
            for start in stride(from: 0, to: 40, by: 10) {
                try await repository.pack(Array(contents[start..<start + 10]))
            }
            // Nothing of the first, little of the next two, half of the last.
            let kept = Array(contents[10..<13] + contents[20..<23] + contents[30..<36])
            #expect(try await prune(repository, keeping: kept, bench) == PruneOutcome())
            bench.clock.advance(by: Self.grace + .seconds(1))
            let before = try await repository.contents().bytes
            let outcome = try await prune(repository, keeping: kept, bench)
            #expect(outcome.packs == 1 && outcome.rewritten == 2 && outcome.objects == 0 && outcome.damaged.isEmpty)
            let after = try await repository.contents()
            #expect(before - after.bytes == outcome.bytesFreed && outcome.bytesFreed > 0)
            #expect(after.packs.count == 2 && after.count == 16)
            let found = try await repository.readPacks().found
            #expect(kept.allSatisfy { found[$0.digest] == $0.stored })
            // And again: there is nothing left to do.
            bench.clock.advance(by: Self.grace + .seconds(1))
            #expect(try await prune(repository, keeping: kept, bench) == PruneOutcome())
        }
    }

    @Test("leaves alone what it can't read and what is not its own")
    func damaged() async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create()
            let contents = try (0..<20).map(Content.small)
            try await repository.pack(Array(contents[..<10]))
            let (name, bytes) = try #require(try await bench.files().first)
            try await repository.pack(Array(contents[10...]))
            var altered = bytes
            altered[bytes.count - 100] ^= 1
            try await bench.replace(name, altered)
            try await bench.storage.write("objects/ab/README", ByteBuffer(string: "x"))
            bench.clock.advance(by: Self.grace + .seconds(1))
            let outcome = try await prune(repository, keeping: [], bench)
            #expect(outcome.damaged == [name] && outcome.packs == 1)
            #expect(Set(try await bench.files().keys) == [name, "objects/ab/README"])
        }
    }

    @Test("does not write a thin pack again of which something is damaged")
    func damagedContent() async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create()
            let contents = try (0..<10).map(Content.small)
            try await repository.pack(contents)
            let (name, bytes) = try #require(try await bench.files().first)
            var altered = bytes
            altered[20] ^= 1
            try await bench.replace(name, altered)
            bench.clock.advance(by: Self.grace + .seconds(1))
            let outcome = try await prune(repository, keeping: [contents[0], contents[1]], bench)
            #expect(outcome.damaged == [name] && outcome.rewritten == 0)
            #expect(try await repository.readPacks().found[contents[1].digest] == contents[1].stored)
        }
    }

    @Test("without its lock does nothing")
    func lost() async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create()
            try await repository.add(Content(noise(9)))
            bench.clock.advance(by: Self.grace + .seconds(1))
            let lock = try await repository.lock(.pruning, larder: "one", clock: bench.clock.clock, pause: { _ in })
            await lock.release()
            let error = await code {
                try await repository.removeContents(keeping: KeptContents(), grace: Self.grace, under: lock)
            }
            #expect(error == .conflict)
            #expect(try await repository.contents().count == 1)
        }
    }

    @Test("that loses its lock in the middle removes nothing from then on")
    func lostInTheMiddle() async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create()
            for number in 0..<20 { try await repository.add(Content.small(number)) }
            try await repository.pack((20..<40).map(Content.small))
            bench.clock.advance(by: Self.grace + .seconds(1))
            let memory = try #require(bench.storage as? RepositoryInMemory)
            let lock = try await repository.lock(.pruning, larder: "one", clock: bench.clock.clock, pause: { _ in })
            // As the next of the same larder does.
            memory.atRemoval(6) { memory.forget(lock.name) }
            let error = await code {
                try await repository.removeContents(keeping: KeptContents(), grace: Self.grace, under: lock)
            }
            #expect(error == .conflict)
            // What was under way at once has gone.
            #expect(try await repository.contents().count == 40 - 8)
        }
    }

    @Test("goes by the clock of real storages", arguments: [Place.folder, .bucket])
    func real(_ place: Place) async throws {
        try await Bench.with(place) { bench async throws in
            let repository = try await bench.create(encrypted: true)
            let kept = try Content.small(1)
            try await repository.add(Content(noise(100_000)))
            try await repository.pack([kept, Content.small(2), Content.small(3)])
            let lock = try await repository.lock(.pruning, larder: "one", pause: { _ in })
            var contents = KeptContents()
            contents.add(kept.digest, kept.encoding)
            let young = try await repository.removeContents(keeping: contents, grace: Self.grace, under: lock)
            #expect(young == PruneOutcome())
            // Everything is older than a grace that lies ahead.
            let old = try await repository.removeContents(keeping: contents, grace: .seconds(-60), under: lock)
            #expect(old.objects == 1 && old.rewritten == 1)
            #expect(try await repository.readPacks().found == [kept.digest: kept.stored])
        }
    }
}
