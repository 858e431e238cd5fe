import NIOCore
import NIOHTTP1

/// The logs of a store, fetched page by page as they are taken. Going through it again asks again.
public struct LogListing: AsyncSequence, Sendable {
    /// A log of the list.
    public typealias Element = LogInfo

    let transport: Transport
    let request: WireRequest
    let limit: Int?

    /// Logs that one request asks for.
    static let pageMax = 1_000

    /// Starts at the beginning.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }

    /// Goes through the logs.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let listing: LogListing
        private var page: ArraySlice<LogInfo> = []
        private var cursor: String?
        /// Logs still wanted; nil: all.
        private var left: Int?
        private var isDone = false

        fileprivate init(_ listing: LogListing) {
            self.listing = listing
            left = listing.limit
        }

        /// The next log; nil at the end.
        /// - Throws: ``LarderClientError``.
        public mutating func next() async throws -> LogInfo? {
            while page.isEmpty {
                guard !isDone, left != 0 else { return nil }
                try await fetch()
            }
            return page.popFirst()
        }

        private mutating func fetch() async throws {
            var request = listing.request
            request.query.append(("limit", "\(Swift.min(left ?? pageMax, pageMax))"))
            if let cursor { request.query.append(("cursor", cursor)) }
            let answer = try AnswerFields(Array(buffer: try await listing.transport.bytes(request)))
            page = try answer.items("logs").map { try LogInfo($0) }[...]
            cursor = try answer.string("cursor")
            isDone = cursor == nil
            left = left.map { Swift.max(0, $0 - page.count) }
        }
    }
}
