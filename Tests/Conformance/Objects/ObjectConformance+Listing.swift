import LarderModel
import NIOCore
import Objects
import Testing

extension ObjectConformance {
    static let listing = [
        ObjectRule("Each shard lists the objects whose digests begin with its byte") { test in
            let backend = try await test.open()
            for shard: UInt8 in [0, 7, 8, 127, 128, 255] {
                #expect(try await backend.list(shard: shard).objects.isEmpty)
                var placed: Set<ObjectLocator> = []
                for rest: UInt8 in [0, 1, 254, 255] {
                    placed.insert(try await backend.place([rest], as: digest(shard, rest)).locator)
                    placed.insert(try await backend.place([rest], as: digest(shard, rest), .gzip).locator)
                }
                let listing = try await backend.list(shard: shard)
                #expect(listing.objects == placed, "shard \(shard)")
                #expect(listing.foreign.isEmpty)
            }
        },
        ObjectRule("What is no object's is listed apart, and left alone") { test in
            guard let addForeign = test.addForeign else { return }
            let backend = try await test.open()
            let placed = try await backend.place([1], as: digest(7)).locator
            let name = try await addForeign(7)
            for backend in [backend, try await test.open()] {
                let listing = try await backend.list(shard: 7)
                #expect(listing.objects == [placed])
                #expect(listing.foreign == [name])
                #expect(try await backend.list(shard: 8).foreign.isEmpty)
            }
        },
        ObjectRule("What is not finished when the process ends is never an object") { test in
            let sink = try await test.open().makeSink()
            try await sink.write(ByteBuffer(bytes: content(600_000)))
            let again = try await test.open()
            for shard in UInt8.min...UInt8.max {
                let listing = try await again.list(shard: shard)
                #expect(listing.objects.isEmpty && listing.foreign.isEmpty)
            }
            await sink.discard()
        },
    ]
}
