import BlobStore
import BlobStoreTestSupport
import Foundation
import Synchronization
import Testing

@testable import Logs

@Suite("Who hears of changes of logs")
struct ObserverTests {
    /// A closure that lies bare in a generic box is wrapped again by each access to it: after some twenty thousand
    /// appends the writer's stack overflowed.
    @Test("is called as deep on the stack the twentieth time as the second")
    func depth() async throws {
        try await Home.with { home in
            try await home.open { logs, store async throws in
                let depths = Mutex<[Int]>([])
                store.observeCommits { _ in depths.withLock { $0.append(Thread.callStackReturnAddresses.count) } }
                for _ in 0..<20 { try await logs.append("{}", to: try run()) }
                let seen = depths.withLock { $0 }
                #expect(seen.count == 20)
                #expect(Set(seen.dropFirst()).count == 1, "\(seen)")
            }
        }
    }
}
