import SnapshotRepository

extension RepositoryLock {
    /// Between two looks at whether it is to be renewed.
    private static let lookEvery = Duration.seconds(10)

    /// Runs something that takes long, and renews the lock meanwhile.
    /// - Throws: what `body` throws; what ``renewIfDue()`` throws, which ends `body`.
    func whileRenewing<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
        try await withThrowingTaskGroup(of: R?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                while true {
                    try await Task.sleep(for: Self.lookEvery)
                    try await self.renewIfDue()
                }
            }
            defer { group.cancelAll() }
            while let done = try await group.next() { if let done { return done } }
            throw CancellationError()
        }
    }
}
