/// Events of a log, fetched page by page as they are taken. Going through it again asks again.
public struct LogEvents: AsyncSequence, Sendable {
    /// An event of the log.
    public typealias Element = LoggedEvent

    let log: Log
    let after: Int64
    let filter: LogFilter

    /// Events that one request asks for.
    static let pageMax = 1_000

    /// Starts at the beginning.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    /// Goes through the events.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let events: LogEvents
        private var page: ArraySlice<LoggedEvent> = []
        /// Where the next page begins; nil: there is none.
        private var next: Int64?

        fileprivate init(_ events: LogEvents) {
            self.events = events
            next = events.after
        }

        /// The next event; nil at the end.
        /// - Throws: ``LarderClientError``: `notFound` where there is no such log, and others.
        public mutating func next() async throws -> LoggedEvent? {
            while page.isEmpty {
                guard let after = next else { return nil }
                let answer = try await events.log.page(.after(after), limit: LogEvents.pageMax, filter: events.filter)
                page = answer.events[...]
                next = answer.next
                guard next.map({ $0 > after }) ?? true else {
                    throw LarderClientError(.invalidResponse, "The server's next page begins where this one did.")
                }
            }
            return page.popFirst()
        }
    }
}
