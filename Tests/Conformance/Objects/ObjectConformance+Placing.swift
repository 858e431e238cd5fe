import LarderModel
import NIOCore
import Objects
import Testing

extension ObjectConformance {
    static let placing = [
        ObjectRule("An object is kept as it came, whatever its size and pieces") { test in
            let backend = try await test.open()
            let sizes = [(0, 1), (1, 1), (10, 3), (65_536, 65_536), (65_537, 4_096), (3_000_001, 524_288)]
            for (number, (size, pieceSize)) in sizes.enumerated() {
                let bytes = content(size)
                let placed = try await backend.place(bytes, as: digest(UInt8(number)), pieceSize: pieceSize)
                #expect(placed.stamp.size == Int64(size))
                #expect(try await backend.read(placed.locator) == bytes, "\(size) bytes")
            }
        },
        ObjectRule("It is there after a restart") { test in
            let bytes = content(1_000_000)
            let placed = try await test.open().place(bytes, as: digest(7), .gzip)
            let again = try await test.open()
            #expect(try await again.read(placed.locator) == bytes)
            #expect(try await again.list(shard: 7).objects == [placed.locator])
        },
        ObjectRule("Before it is placed there is nothing of it") { test in
            let backend = try await test.open()
            let sink = backend.makeSink()
            try await sink.write(ByteBuffer(bytes: content(600_000)))
            #expect(try await backend.list(shard: 7).objects.isEmpty)
            #expect(try await backend.open(ObjectLocator(digest(7), .identity)) == nil)
            #expect(try await backend.stat(ObjectLocator(digest(7), .identity)) == nil)
            let placed = try await sink.place(as: digest(7), .identity)
            #expect(try await backend.read(placed.locator) == content(600_000))
        },
        ObjectRule("One that is discarded or forgotten leaves nothing") { test in
            let backend = try await test.open()
            for size in [0, 1, 600_000] {
                let sink = backend.makeSink()
                if size > 0 { try await sink.write(ByteBuffer(bytes: content(size))) }
                await sink.discard()
                await sink.discard()
                try await backend.makeSink().write(ByteBuffer(bytes: content(size)))
            }
            for shard in UInt8.min...UInt8.max {
                #expect(try await backend.list(shard: shard).objects.isEmpty)
                #expect(try await backend.list(shard: shard).foreign.isEmpty)
            }
        },
        ObjectRule("Discarding one that is placed does nothing") { test in
            let backend = try await test.open()
            let sink = backend.makeSink()
            try await sink.write(ByteBuffer(bytes: [1, 2, 3]))
            let placed = try await sink.place(as: digest(7), .identity)
            await sink.discard()
            #expect(try await backend.read(placed.locator) == [1, 2, 3])
        },
        ObjectRule("Both forms of one content stand side by side") { test in
            let backend = try await test.open()
            let plain = try await backend.place([1, 2, 3], as: digest(7), .identity)
            let packed = try await backend.place([4, 5], as: digest(7), .gzip)
            #expect(plain.locator != packed.locator)
            #expect(try await backend.read(plain.locator) == [1, 2, 3])
            #expect(try await backend.read(packed.locator) == [4, 5])
            #expect(try await backend.list(shard: 7).objects == [plain.locator, packed.locator])
        },
        ObjectRule("One that is placed again replaces the first or stands beside it, and is whole in any case") {
            test in
            let backend = try await test.open()
            let (old, new) = (content(700_000, seed: 1), content(700_000, seed: 2))
            let first = try await backend.place(old, as: digest(7))
            let reader = try #require(try await backend.open(first.locator))
            let second = try await backend.place(new, as: digest(7))
            #expect(second.stamp != first.stamp)
            #expect(try await backend.read(second.locator) == new)
            #expect(try await reader.readAll() == old, "who has it open goes on reading the old one")
            #expect(try await backend.list(shard: 7).objects == [first.locator, second.locator])
            if first.locator != second.locator { #expect(try await backend.read(first.locator) == old) }
        },
        ObjectRule("Many may place the same content at once") { test in
            let backend = try await test.open()
            let bytes = content(300_000)
            let placed = try await withThrowingTaskGroup(of: ObjectLocator.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        try await backend.place(bytes, as: digest(7), pieceSize: 10_000 + number * 1_000).locator
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(try await backend.list(shard: 7).objects == placed)
            for locator in placed { #expect(try await backend.read(locator) == bytes) }
        },
    ]
}
