import LarderModel
import LarderTestSupport
import NIOCore
import Objects
import Testing

@testable import SnapshotRepository

@Suite("A pack")
struct PackTests {
    @Test("holds one content, many, or one that fills it", arguments: [1, 2, 5_500])
    func counts(_ count: Int) async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create()
            let contents = try (0..<count).map { try Content(Array("content \($0)".utf8)) }
            let packer = repository.makePacker()
            for content in contents { try await packer.add(content) }
            #expect(packer.packsWritten == 0)
            try await packer.finish()
            try await packer.finish()
            #expect(packer.packsWritten == 1)
            #expect(try await repository.contents().bytes == packer.bytesWritten)
            let found = try await repository.readPacks().found
            #expect(found.count == count && contents.allSatisfy { found[$0.digest] == $0.stored })
        }
    }

    @Test("is written when it is full, and takes nothing that is larger than a pack")
    func limits() async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create()
            let packer = repository.makePacker()
            let content = try Content(noise(PackForm.sizeMax))
            try await packer.add(content)
            #expect(packer.packsWritten == 1)
            let tooLarge = await code {
                try await packer.add(content.digest, .identity, size: 1, stored: content.plain + [1])
            }
            #expect(tooLarge == .entryTooLarge)
            try await packer.finish()
            #expect(packer.packsWritten == 1)
            #expect(try await repository.readPacks().found[content.digest] == content.stored)
        }
    }

    @Test("that is not finished holds nothing")
    func unfinished() async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create()
            try await repository.makePacker().add(Content.small(1))
            #expect(try await repository.contents().count == 0)
        }
    }

    @Test("holds empty content, packed content and content in both forms")
    func forms() async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create(encrypted: true)
            let contents = try [Content([]), Content(text(20_000)), Content(text(20_000), .gzip)]
            try await repository.pack(contents)
            let known = try await repository.contents()
            #expect(known.count == 3 && contents.allSatisfy { known.isPacked($0.digest, $0.encoding) })
            var found: [[UInt8]] = []
            try await repository.eachPacked(in: known, wanted: { $1 == .gzip }, damaged: { _ in Issue.record() }) {
                found.append($0.stored)
            }
            #expect(found == [contents[2].stored])
        }
    }

    @Test("of which a content is damaged gives the others, and says which is lost", arguments: [false, true])
    func damagedContent(_ encrypted: Bool) async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create(encrypted: encrypted)
            // More than a sealed chunk, so that one can be damaged and others not.
            let contents = try (0..<30).map { try Content(noise(100_000, seed: UInt64($0) + 10)) }
            try await repository.pack(contents)
            let (name, bytes) = try #require(try await bench.files().first)
            var altered = bytes
            altered[150_000] ^= 1
            try await bench.replace(name, altered)
            let (found, damaged) = try await repository.readPacks()
            let lost = Set(damaged.flatMap { $0.lost.map(\.digest) })
            #expect(damaged.map(\.name) == [name])
            #expect(lost.contains(contents[1].digest) && lost.count == (encrypted ? 11 : 1))
            #expect(Set(found.keys).union(lost) == Set(contents.map(\.digest)))
            #expect(found.count + lost.count == 30)
        }
    }

    @Test("whose index is damaged counts as missing, and leaves the others readable", arguments: [false, true])
    func damagedIndex(_ encrypted: Bool) async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create(encrypted: encrypted)
            try await repository.pack((0..<10).map(Content.small))
            let (name, bytes) = try #require(try await bench.files().first)
            try await repository.pack((10..<20).map(Content.small))
            var altered = bytes
            altered[bytes.count - 100] ^= 1
            for wrong in [altered, [], Array(bytes.dropLast()), Array(bytes.prefix(50))] {
                try await bench.replace(name, wrong)
                let contents = try await repository.contents()
                #expect(contents.damaged == [name] && contents.count == 10)
                #expect(try await repository.readPacks().found.count == 10)
            }
        }
    }

    @Test("that goes, or is damaged, after it was looked at is reported")
    func gone() async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create()
            try await repository.pack([Content.small(1)])
            let contents = try await repository.contents()
            try await bench.storage.remove(contents.packs[0].name)
            var damaged: [String] = []
            try await repository.eachPacked(
                in: contents, wanted: { _, _ in true }, damaged: { damaged.append($0.name) }
            ) { _ in Issue.record() }
            #expect(damaged == [contents.packs[0].name])
        }
    }

    @Test("whose index names places outside of it is damaged")
    func places() throws {
        let name = ContentName(try #require(sha256([1])), .identity)
        for (place, isGood) in [(0..<100, true), (0..<101, false), (100..<100, true), (101..<101, false)] {
            let tail = PackForm.tail([PackForm.Item(name: name, size: 1, place: place)])
            #expect((PackForm.items(tail, size: 100) != nil) == isGood, "\(place)")
        }
    }

    @Test("Names are found among sorted ones, and others aren't")
    func names() throws {
        let names = try (0..<1_000).map { ContentName(try #require(sha256([UInt8($0 & 255), UInt8($0 >> 8)])), .gzip) }
        let sorted = names.sorted()
        #expect(sorted.map(\.digest.hex) == names.map(\.digest.hex).sorted())
        #expect(names.allSatisfy { sorted.holds($0) && !sorted.holds(ContentName($0.digest, .identity)) })
        #expect(!sorted.dropLast().contains(sorted[999]) && ![ContentName]().holds(sorted[0]))
    }
}
