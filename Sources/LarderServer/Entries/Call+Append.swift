import LarderHTTP
import LarderModel
import Logs
import NIOCore
import NIOHTTP1

extension Call {
    /// The largest body of an append.
    static let appendMax = 16 << 20

    /// Appends the events of the body to a log. A small body is taken in on the event loop, without a task.
    func append(to name: EntryName, _ wish: AppendWish, answer: @escaping @Sendable (AppendResult) -> Answer)
        -> Handling
    {
        let logs = server.entries.logs
        let task: Handling.Task = { body in
            let events = try await body.collect(limit: Self.appendMax, copies: 2)
            return answer(try await logs.append(events, to: name, wish))
        }
        guard request.isQuickWrite(.POST, limit: LogService.smallMax) else { return .task(task) }
        return .collect(
            limit: LogService.smallMax,
            take: { body, done in
                logs.appendSmall(Array(body.readableBytesView), to: name, wish) { done($0.map(answer)) }
                return true
            }, fallback: task)
    }
}
