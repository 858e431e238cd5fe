import LarderModel
import NIOCore
import Objects
import Testing

extension ObjectConformance {
    static let reading = [
        ObjectRule("Any range is read, and no more than there is") { test in
            let backend = try await test.open()
            let bytes = content(1_500_000)
            let placed = try await backend.place(bytes, as: digest(7))
            let reader = try #require(try await backend.open(placed.locator))
            let ranges = [0..<1, 0..<1_500_000, 1..<2, 524_287..<524_290, 1_499_999..<1_500_000, 900_000..<1_400_000]
            for range in ranges {
                let piece = try await reader.read(at: Int64(range.lowerBound), count: range.count)
                #expect(Array(buffer: piece) == Array(bytes[range]), "\(range)")
            }
            #expect(try await reader.read(at: 1_499_990, count: 100).readableBytes == 10)
            #expect(try await reader.read(at: 1_500_000, count: 100).readableBytes == 0)
            #expect(try await reader.read(at: 9_000_000, count: 100).readableBytes == 0)
        },
        ObjectRule("The stamp stays while the object does, and is known before it is read") { test in
            let backend = try await test.open()
            let placed = try await backend.place(content(100_000), as: digest(7))
            let reader = try #require(try await backend.open(placed.locator))
            #expect(reader.stamp == placed.stamp)
            _ = try await reader.readAll()
            #expect(try await backend.open(placed.locator)?.stamp == placed.stamp)
            #expect(try await test.open().open(placed.locator)?.stamp == placed.stamp)
            #expect(try await backend.place(content(100_000, seed: 2), as: digest(8)).stamp != placed.stamp)
        },
        ObjectRule("Its size and age are told without reading it") { test in
            let backend = try await test.open()
            let placed = try await backend.place(content(100_000), as: digest(7))
            let status = try #require(try await backend.stat(placed.locator))
            #expect(status.size == 100_000)
            #expect(.seconds(-1) <= status.age && status.age < .seconds(60), "\(status.age)")
        },
        ObjectRule("Many read at once") { test in
            let backend = try await test.open()
            let bytes = content(2_000_000)
            let placed = try await backend.place(bytes, as: digest(7))
            let reader = try #require(try await backend.open(placed.locator))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<16 {
                    group.addTask {
                        let start = number * 100_000
                        let piece = try await reader.read(at: Int64(start), count: 300_000)
                        #expect(Array(buffer: piece) == Array(bytes[start..<start + 300_000]))
                    }
                }
                try await group.waitForAll()
            }
        },
        ObjectRule("What was never placed is not there") { test in
            let backend = try await test.open()
            try await backend.place([1], as: digest(7, 1))
            for missing in [ObjectLocator(try digest(7), .identity), ObjectLocator(try digest(9), .gzip)] {
                #expect(try await backend.open(missing) == nil)
                #expect(try await backend.stat(missing) == nil)
            }
        },
    ]
}
