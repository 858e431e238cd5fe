import LarderModel
import NIOCore
import Objects
import Testing

extension ObjectConformance {
    static let quarantining = [
        ObjectRule("An object in quarantine is gone, also after a restart, and no other") { test in
            let backend = try await test.open()
            let placed = try await backend.place([1], as: digest(7, 1))
            let other = try await backend.place([2], as: digest(7, 2)).locator
            #expect(try await backend.quarantine(placed.locator, ifStill: placed.stamp))
            for backend in [backend, try await test.open()] {
                #expect(try await backend.open(placed.locator) == nil)
                #expect(try await backend.stat(placed.locator) == nil)
                #expect(try await backend.list(shard: 7).objects == [other])
                #expect(try await backend.list(shard: 7).foreign.isEmpty)
            }
        },
        ObjectRule("Only the very one that was checked goes there") { test in
            let backend = try await test.open()
            let first = try await backend.place([1, 2, 3], as: digest(7))
            let other = try await backend.place([4, 5, 6, 7], as: digest(8))
            #expect(try await !backend.quarantine(first.locator, ifStill: other.stamp))
            #expect(try await backend.read(first.locator) == [1, 2, 3])
            let second = try await backend.place([1, 2, 3], as: digest(7))
            if first.locator == second.locator {
                #expect(try await !backend.quarantine(first.locator, ifStill: first.stamp))
            }
            #expect(try await backend.read(second.locator) == [1, 2, 3])
            #expect(try await backend.quarantine(second.locator, ifStill: second.stamp))
        },
        ObjectRule("What is not there can't go there") { test in
            let backend = try await test.open()
            let placed = try await backend.place([1], as: digest(7))
            try await backend.remove(placed.locator)
            #expect(try await !backend.quarantine(placed.locator, ifStill: placed.stamp))
        },
        ObjectRule("Its content may be placed again, and go there again") { test in
            let backend = try await test.open()
            for _ in 0..<3 {
                let placed = try await backend.place([1], as: digest(7))
                #expect(try await backend.read(placed.locator) == [1])
                #expect(try await backend.quarantine(placed.locator, ifStill: placed.stamp))
                #expect(try await !backend.quarantine(placed.locator, ifStill: placed.stamp))
            }
        },
    ]
}
