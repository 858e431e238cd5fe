import LarderModel
import LarderTestSupport
import NIOCore
import Objects
import Testing

@testable import SnapshotRepository

@Suite("A repository")
struct RepositoryTests {
    @Test("keeps large contents, small ones and manifests", arguments: Place.allCases, [false, true])
    func roundTrip(_ place: Place, _ encrypted: Bool) async throws {
        try await Bench.with(place) { bench async throws in
            let repository = try await bench.create(encrypted: encrypted)
            let large = try [Content(noise(3_000_000)), Content(text(2_000_000), .gzip), Content(noise(1 << 20))]
            let small = try (0..<200).map(Content.small)
            for content in large { try await repository.add(content) }
            try await repository.pack(small, sizeMax: 10_000)
            let manifest = text(1_500_000)
            try await repository.writeManifest("2026-a", manifest)

            let again = try await Repository.open(bench.storage, key: repository.key)
            #expect(again.id == repository.id && again.isEncrypted == encrypted && again.createdAt == started)
            let contents = try await again.contents()
            #expect(contents.count == 203 && contents.damaged.isEmpty && contents.packs.count > 3)
            for content in large {
                #expect(contents.isLarge(content.digest, content.encoding))
                #expect(!contents.isPacked(content.digest, content.encoding))
                #expect(try await again.readAll(content) == content.stored)
            }
            #expect(small.allSatisfy { contents.isPacked($0.digest, $0.encoding) })
            #expect(!contents.contains(large[0].digest, .gzip) && !contents.contains(small[0].digest, .gzip))
            let packed = try await again.readPacks()
            #expect(packed.damaged.isEmpty && packed.found.count == 200)
            #expect(small.allSatisfy { packed.found[$0.digest] == $0.stored })
            #expect(try await again.manifests().map(\.name) == ["2026-a"])
            #expect(try await again.readManifest("2026-a") == manifest)
            try await again.removeManifest("2026-a")
            #expect(try await again.manifests().isEmpty)
            #expect(await code { try await again.readManifest("2026-a") } == .notFound)
        }
    }

    @Test("is not there where there is none, and none is made among other files", arguments: Place.allCases)
    func places(_ place: Place) async throws {
        try await Bench.with(place) { bench async throws in
            let missing = await #expect(throws: LarderError.self) {
                try await Repository.open(bench.storage, key: nil)
            }
            #expect(missing?.code == .notFound && missing?.message.contains(bench.storage.place) == true)
            try await bench.storage.write("photos/cat.jpg", ByteBuffer(string: "x"))
            #expect(await code { try await bench.create() } == .conflict)
            #expect(try await bench.storage.open("config.json") == nil)
            #expect(try await bench.storage.open("photos/cat.jpg") != nil)
        }
    }

    @Test("made twice is one")
    func twice() async throws {
        try await Bench.with(.memory) { bench async throws in
            let first = try await bench.create(encrypted: true)
            #expect(try await bench.create(encrypted: true).id == first.id)
        }
    }

    @Test(
        "of another format, or damaged, is refused in one line",
        arguments: [
            (#"{"format":2,"id":"a","createdAt":"2026-01-01T00:00:00Z","encryption":"x"}"#, "has format 2"),
            (#"{"format":1,"createdAt":"2026-01-01T00:00:00Z","encryption":"none"}"#, "lacks id"),
            (#"{"format":1,"id":"a","createdAt":"2026-01-01T00:00:00Z","encryption":"rot13"}"#, "names an encryption"),
            (#"{"format":1,"id":"a","createdAt":"2026-01-01T00:00:00Z","encryption":"aes256-gcm"}"#, "lacks keyCheck"),
            (#"{"format":"one"}"#, "says no format"), ("{", "is damaged"), ("", "is damaged"),
        ])
    func formats(_ config: String, _ why: String) async throws {
        try await Bench.with(.memory) { bench async throws in
            try await bench.storage.write("config.json", ByteBuffer(string: config))
            for make in [false, true] {
                let error = await #expect(throws: LarderError.self) {
                    _ = make ? try await bench.create() : try await Repository.open(bench.storage, key: nil)
                }
                #expect(error?.message.contains(why) == true)
                #expect(error?.message.contains("\n") == false)
            }
        }
    }

    @Test("takes fields that it doesn't know")
    func unknownFields() async throws {
        try await Bench.with(.memory) { bench async throws in
            let config = #"{"x":[1],"format":1,"id":"a","createdAt":"2026-01-01T00:00:00Z","encryption":"none"}"#
            try await bench.storage.write("config.json", ByteBuffer(string: config))
            #expect(try await Repository.open(bench.storage, key: nil).id == "a")
        }
    }

    @Test("keeps no content that is not what its digest says")
    func wrongContent() async throws {
        try await Bench.with(.folder) { bench async throws in
            let repository = try await bench.create()
            let content = try Content(noise(700_000))
            for wrong in [Array(content.plain.dropLast()), content.plain + [1], content.plain.reversed()] {
                let error = await code {
                    try await repository.add(
                        content.digest, .identity, size: content.size, from: BytesSource(Array(wrong)))
                }
                #expect(error == .corruptEntry)
            }
            #expect(try await repository.contents().count == 0)
            #expect(await code { try await repository.readAll(content) } == .notFound)
        }
    }

    @Test("tells content that was altered in it")
    func altered() async throws {
        try await Bench.with(.folder) { bench async throws in
            let repository = try await bench.create()
            let content = try Content(noise(700_000))
            try await repository.add(content)
            let file = try #require(try await bench.files().first)
            for wrong in [Array(file.value.dropLast()), file.value + [1], file.value.reversed()] {
                try await bench.replace(file.key, Array(wrong))
                #expect(await code { try await repository.readAll(content) } == .corruptEntry)
            }
        }
    }

    @Test("passes over files that are not its own")
    func foreign() async throws {
        try await Bench.with(.folder) { bench async throws in
            let repository = try await bench.create()
            for name in ["objects/README", "objects/ab/x.bin", "packs/x", "snapshots/README", "snapshots/a/b.json.gz"] {
                try await bench.storage.write(name, ByteBuffer(string: "x"))
            }
            let contents = try await repository.contents()
            #expect(contents.count == 0 && contents.damaged == ["packs/x"])
            #expect(try await repository.manifests().isEmpty)
        }
    }

    @Test("has no manifests whose names lead outside", arguments: ["../config", "a/b", "", ".x", "a\0", "a b"])
    func manifestNames(_ name: String) async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create()
            #expect(await code { try await repository.readManifest(name) } == .malformedRequest)
            #expect(await code { try await repository.writeManifest(name, [1]) } == .malformedRequest)
            #expect(await code { try await repository.removeManifest(name) } == .malformedRequest)
        }
    }

    @Test("tells a manifest that was cut short or altered", arguments: [false, true])
    func damagedManifest(_ encrypted: Bool) async throws {
        try await Bench.with(.memory) { bench async throws in
            let repository = try await bench.create(encrypted: encrypted)
            try await repository.writeManifest("a", noise(300_000))
            let whole = try #require(try await bench.files()["snapshots/a.json.gz"])
            var altered = whole
            altered[whole.count / 2] ^= 1
            for wrong in [altered, [], Array(whole.dropLast()), Array(whole.prefix(100)), whole + [1]] {
                try await bench.replace("snapshots/a.json.gz", wrong)
                #expect(await code { try await repository.readManifest("a") } == .corruptEntry)
            }
        }
    }

    @Test("does not show a manifest that was not finished", arguments: Place.allCases)
    func unfinishedManifest(_ place: Place) async throws {
        try await Bench.with(place) { bench async throws in
            let repository = try await bench.create(encrypted: true)
            let writer = try repository.makeManifest("a")
            try await writer.write(noise(3_000_000))
            #expect(try await repository.manifests().isEmpty)
            await writer.discard()
            #expect(try await repository.manifests().isEmpty)
        }
    }
}
