public import NIOHTTP1

/// The order of a list.
public enum ListOrder: String, Sendable, Hashable, CaseIterable {
    /// By the bytes of the key.
    case key
    /// Last modified first.
    case newest
    /// Last modified last.
    case oldest
}

/// A page of a list.
public struct ListPage: Sendable, Hashable, Codable {
    /// Entries, in the order asked for.
    public var entries: [Entry]
    /// With a delimiter: the directories on this level, named in full from the store's root, without the trailing
    /// slash.
    public var directories: [String]
    /// Where the next page starts; nil: this was the last.
    public var cursor: String?
}

extension ListPage: HoldsMetadata {
    package var allMetadata: [EntryMetadata] { entries.map(\.metadata) }
}

/// The entries of a store, fetched page by page as they are taken. Going through it again asks again.
public struct Listing: AsyncSequence, Sendable {
    /// An entry of the list.
    public typealias Element = Entry

    /// The same list, a page at a time; directories are only here.
    public let pages: Pages

    /// Starts at the beginning.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pages: pages.makeAsyncIterator()) }

    /// Goes through the entries.
    public struct AsyncIterator: AsyncIteratorProtocol {
        var pages: Pages.AsyncIterator
        private var page: ArraySlice<Entry> = []

        init(pages: Pages.AsyncIterator) { self.pages = pages }

        /// The next entry; nil at the end.
        /// - Throws: ``LarderClientError``.
        public mutating func next() async throws -> Entry? {
            while page.isEmpty {
                guard let next = try await pages.next() else { return nil }
                page = next.entries[...]
            }
            return page.popFirst()
        }
    }

    /// The pages of a list.
    public struct Pages: AsyncSequence, Sendable {
        /// A page of the list.
        public typealias Element = ListPage

        let transport: Transport
        let request: WireRequest
        let limit: Int?

        /// Entries and directories on one page: what the server gives at most.
        static let maxPage = 1_000

        /// Starts at the beginning.
        public func makeAsyncIterator() -> AsyncIterator {
            AsyncIterator(transport: transport, request: request, left: limit)
        }

        /// Goes through the pages.
        public struct AsyncIterator: AsyncIteratorProtocol {
            let transport: Transport
            let request: WireRequest
            /// Items still wanted; nil: all.
            var left: Int?
            private var cursor: String?
            private var isDone = false

            init(transport: Transport, request: WireRequest, left: Int?) {
                self.transport = transport
                self.request = request
                self.left = left
            }

            /// The next page; nil at the end. The first page may be empty.
            /// - Throws: ``LarderClientError``.
            public mutating func next() async throws -> ListPage? {
                guard !isDone, left != 0 else { return nil }
                var request = request
                request.query.append(("limit", "\(Swift.min(left ?? maxPage, maxPage))"))
                if let cursor { request.query.append(("cursor", cursor)) }
                let page = try await transport.json(ListPage.self, request)
                cursor = page.cursor
                isDone = page.cursor == nil
                left = left.map { Swift.max(0, $0 - page.entries.count - page.directories.count) }
                return page
            }
        }
    }
}

extension Store {
    /// The entries of the store, metadata included.
    /// - Parameters:
    ///   - prefix: only keys that start with it.
    ///   - delimiter: only `/` has a meaning: keys with one behind the prefix are rolled up into
    ///     ``ListPage/directories``; nil: all keys. Only with order `key`.
    ///   - order: how they come.
    ///   - limit: items (entries and directories) in all; nil: no limit.
    /// - Returns: a sequence that asks for a page when it needs one; each page is a moment of its own, so a key that is
    ///   written while the list is read may or may not appear.
    public func list(prefix: String = "", delimiter: String? = nil, order: ListOrder = .key, limit: Int? = nil)
        -> Listing
    {
        var request = WireRequest(.GET, WirePath.entries(name))
        if !prefix.isEmpty { request.query.append(("prefix", prefix)) }
        if let delimiter { request.query.append(("delimiter", delimiter)) }
        if order != .key { request.query.append(("order", order.rawValue)) }
        request.query.append(("metadata", "true"))
        return Listing(pages: Listing.Pages(transport: transport, request: request, limit: limit.map { max(0, $0) }))
    }
}
