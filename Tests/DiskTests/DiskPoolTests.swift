import Disk
import Foundation
import Synchronization
import Testing

@Suite("The threads that may block")
struct DiskPoolTests {
    private final class Order: Sendable {
        private let state = Mutex<[Int]>([])
        var numbers: [Int] { state.withLock { $0 } }
        func append(_ number: Int) { state.withLock { $0.append(number) } }
    }

    private func thread() -> UInt { UInt(bitPattern: Int(pthread_self())) }

    @Test("Work inside of work goes on at once, on the same thread, also through other functions")
    func nested() async throws {
        let pool = DiskPool(threads: 4)
        for _ in 0..<100 {
            try await pool.run { () async throws in
                let outer = thread()
                for _ in 0..<10 { #expect(try await inner(pool) == outer) }
            }
        }
        try await pool.shutDown()
    }

    private func inner(_ pool: DiskPool) async throws -> UInt { try await pool.run { thread() } }

    @Test("One thread does one piece of work at a time, in order, and gives back what it gave or threw")
    func ordered() async throws {
        struct Failed: Error {}
        let pool = DiskPool(threads: 1)
        let order = Order()
        await withTaskGroup { group in
            for number in 0..<20 { group.addTask(executorPreference: pool) { order.append(number) } }
        }
        #expect(order.numbers == Array(0..<20))
        #expect(try await pool.run { 7 } == 7)
        await #expect(throws: Failed.self) { try await pool.run { throw Failed() } }
        try await pool.shutDown()
    }

    @Test("Blocked threads of the pool keep nobody else waiting")
    func blocked() async throws {
        let pool = DiskPool(threads: 2)
        let gate = DispatchSemaphore(value: 0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { try await pool.run { gate.wait() } } }
            for _ in 0..<100 { await Task.yield() }
            for _ in 0..<4 { gate.signal() }
            try await group.waitForAll()
        }
        try await pool.shutDown()
    }
}
