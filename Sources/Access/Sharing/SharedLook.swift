/// A look at something that many ask for at once: one at a time, and whoever asks gets the result of one that began
/// after that. So however many ask, there are at most a hundred looks a second.
actor SharedLook {
    /// From the beginning of one look to that of the next, at least.
    private static let gap = Duration.milliseconds(10)

    private let look: @Sendable () async throws -> Void
    /// The one that is under way, or was the last.
    private var last: Task<Void, any Error>?
    /// The one that has not begun.
    private var next: Task<Void, any Error>?
    /// When the last one began.
    private var begun = ContinuousClock.now - gap

    init(_ look: @escaping @Sendable () async throws -> Void) { self.look = look }

    /// - Throws: what the look throws.
    func run() async throws {
        if let next { return try await next.value }
        let before = last
        let task = Task {
            _ = await before?.result
            try await Task.sleep(until: begun + Self.gap, clock: .continuous)
            begun = .now
            last = next.take()
            try await look()
        }
        next = task
        try await task.value
    }
}
