/// Runs what requests need a task for, each in a child of one task of the server: a shutdown waits for them, and
/// cancels them at its limit. One at a time for each connection, so as many as there are connections at most.
package struct ExchangeTasks: Sendable {
    typealias Work = @Sendable () async -> Void

    private let works: AsyncStream<Work>
    private let begin: AsyncStream<Work>.Continuation

    package init() { (works, begin) = AsyncStream.makeStream() }

    func run(_ work: @escaping Work) { begin.yield(work) }

    /// Carries them out until ``finish()``, and returns when the last has ended.
    func carryOut() async {
        await withDiscardingTaskGroup { group in
            for await work in works { group.addTask(operation: work) }
        }
    }

    /// No more will come.
    func finish() { begin.finish() }
}
