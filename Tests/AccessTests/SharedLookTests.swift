import Synchronization
import Testing

@testable import Access

@Suite("A look that many ask for")
struct SharedLookTests {
    private final class Source: Sendable {
        let count = Mutex(0)
        let isUnderWay = Mutex(false)
    }
    private struct Away: Error {}

    @Test("is one for all that ask at once, and never two at a time")
    func coalesced() async throws {
        let source = Source()
        let look = SharedLook {
            #expect(source.isUnderWay.withLock { $0.setTrue() })
            try await Task.sleep(for: .milliseconds(20))
            source.isUnderWay.withLock { $0 = false }
            source.count.withLock { $0 += 1 }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<1_000 { group.addTask { try await look.run() } }
            try await group.waitForAll()
        }
        #expect((1...20).contains(source.count.withLock { $0 }))
    }

    @Test("began after it was asked for")
    func fresh() async throws {
        let source = Source()
        let seen = Mutex(0)
        let look = SharedLook {
            let now = source.count.withLock { $0 }
            try await Task.sleep(for: .milliseconds(5))
            seen.withLock { $0 = now }
        }
        for number in 1...20 {
            async let other: Void = look.run()
            source.count.withLock { $0 = number }
            try await look.run()
            #expect(seen.withLock { $0 } >= number)
            try await other
        }
    }

    @Test("that fails fails for those who wait for it, and the next one is another")
    func failed() async throws {
        let source = Source()
        let look = SharedLook { if source.count.withLock({ $0.isFirst() }) { throw Away() } }
        await #expect(throws: Away.self) { try await look.run() }
        try await look.run()
    }
}

extension Bool {
    fileprivate mutating func setTrue() -> Bool {
        defer { self = true }
        return !self
    }
}

extension Int {
    fileprivate mutating func isFirst() -> Bool {
        self += 1
        return self == 1
    }
}
