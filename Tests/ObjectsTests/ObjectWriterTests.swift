import LarderModel
import LarderTestSupport
import NIOCore
import ObjectConformance
import Objects
import Testing

@Suite("An object's writer")
struct ObjectWriterTests {
    static let sizes = [0, 1, 32_767, 32_768, 32_769, 524_287, 524_288, 524_289, 1_048_576, 3_000_001]

    @Test("keeps what it was given, named by its digest, in either form", arguments: sizes, Policy.Compression.allCases)
    func roundTrip(size: Int, compression: Policy.Compression) async throws {
        try await withObjects { objects async throws in
            for (plain, isPackable) in [(text(size), true), (noise(size), false)] {
                let object = try await objects.write(plain, as: MediaType.json, compression)
                #expect(object.digest == sha256(plain))
                #expect(object.size == Int64(size))
                #expect(object.isStored == (size > ObjectStore.inlineMax))
                let isGzip =
                    switch compression {
                    case .never: false
                    case .always: size > 0
                    case .auto: size >= InlineObject.compressMin && isPackable
                    }
                #expect(object.encoding == (isGzip ? .gzip : .identity))
                if isPackable, isGzip, size > 1_000 { #expect(object.storedSize * 3 < object.size) }
                if !isGzip { #expect(object.storedSize == object.size) }
                switch object.content {
                case .inline(let stored, let kept):
                    #expect(kept == plain)
                    #expect(Int64(stored.count) == object.storedSize)
                    #expect(
                        try InlineObject.verifiedPlain(
                            stored, encoding: object.encoding, size: object.size, digest: object.digest) == plain)
                case .stored:
                    #expect(try await objects.read(object) == plain)
                    #expect(Int64(try await objects.read(object, .stored).count) == object.storedSize)
                }
            }
        }
    }

    @Test("does not care how the content is cut into pieces", arguments: [1_000, 65_536, 524_288, 700_000, 2_000_000])
    func pieces(pieceSize: Int) async throws {
        let plain = text(1_300_000)
        try await withObjects { objects async throws in
            let object = try await objects.write(plain, as: MediaType.json, pieceSize: pieceSize)
            #expect(object.digest == sha256(plain))
            #expect(try await objects.read(object) == plain)
        }
    }

    @Test(
        "never packs media that is packed already, but by demand",
        arguments: ["video/mp4", "image/png", "audio/mpeg", "application/zip"])
    func media(type: String) async throws {
        try await withObjects { objects async throws in
            for size in [10_000, 100_000] {
                #expect(try await objects.write(text(size), as: type).encoding == .identity)
                #expect(try await objects.write(text(size), as: type, .always).encoding == .gzip)
            }
        }
    }

    @Test("that is abandoned leaves nothing", arguments: [1_000, 600_000, 2_000_000])
    func abandoned(size: Int) async throws {
        try await withObjects { objects async throws in
            let writer = ObjectWriter(store: objects, contentType: MediaType.json, compression: .auto)
            for piece in text(size).chunks(of: 65_536) { try await writer.append(ByteBuffer(bytes: piece)) }
            writer.abandon()
            for shard in UInt8.min...UInt8.max { #expect(try await objects.list(shard: shard).objects.isEmpty) }
        }
    }

    @Test("holds its object against collection until its result is let go of")
    func claim() async throws {
        try await withObjects { objects async throws in
            let digest = try #require(sha256(noise(100_000)))
            func write() async throws -> ObjectLocator? {
                let object = try await objects.write(noise(100_000))
                let ran: Void? = await objects.claims.whileUnclaimed(digest) {
                    Issue.record("a claimed object was removed")
                }
                #expect(ran == nil)
                guard case .stored(let locator, _) = object.content else { return nil }
                withExtendedLifetime(object) {}
                return locator
            }
            let locator = try #require(try await write())
            #expect(try await objects.remove(locator, unless: { false }))
            for shard in UInt8.min...UInt8.max { #expect(try await objects.list(shard: shard).objects.isEmpty) }
        }
    }
}

extension StagedObject {
    fileprivate var isStored: Bool { if case .stored = content { true } else { false } }
}
