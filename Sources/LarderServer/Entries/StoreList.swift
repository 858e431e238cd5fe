import BlobStore
import LarderHTTP
import LarderModel

/// The stores of a site that a request may see, by their names: a page of them where `?limit` asks for one, else all of
/// them in a document that is made while it goes out.
struct StoreList: Sendable {
    private let call: Call
    /// Stores of one page; nil: all.
    let limit: Int?
    private let after: [UInt8]

    /// Stores in memory at a time.
    private static let pieceCount = 100
    /// Rows that one read brings at least, for a token that may see few of them.
    private static let readCount = 200

    /// `?limit&cursor`
    init(_ call: Call) throws(LarderError) {
        self.call = call
        if let text = try call.request.queryText("limit") {
            limit = try call.server.gate.pageLimit(text)
        } else {
            limit = nil
        }
        switch try call.request.listCursor() {
        case nil: after = []
        case .afterKey(let name)?: after = name
        default: throw LarderError(.malformedRequest, "The cursor is not one of this list; start again without it.")
        }
    }

    /// Stores behind a name, and the name behind which there are more; nil: these are the last.
    func page(after: [UInt8], count: Int) async throws -> (stores: [StoreSummary], next: [UInt8]?) {
        var found: [StoreSummary] = []
        var after = after
        let readCount = max(count + 1, Self.readCount)
        while true {
            let rows = try await call.server.blobs.stores(of: call.permit.site, after: after, limit: readCount)
            for summary in rows where call.permit.sees(summary.name) {
                if found.count == count { return (found, found.last?.name.bytes) }
                found.append(summary)
            }
            guard rows.count == readCount, let last = rows.last else { return (found, nil) }
            after = last.name.bytes
        }
    }

    /// All of them, some at a time, until `take` returns false.
    func forEachPage(_ take: ([StoreSummary]) throws -> Bool) async throws {
        var after: [UInt8]? = after
        while let place = after {
            let (stores, next) = try await page(after: place, count: Self.pieceCount)
            guard try take(stores) else { return }
            after = next
        }
    }

    private struct Place {
        var after: [UInt8]
        var isFirst = false
    }

    /// `{…,"stores":[…],"cursor"?}`
    /// - Parameters:
    ///   - fields: writes what stands before the stores.
    ///   - items: writes some of the stores.
    func answer(
        fields: @escaping @Sendable (inout JSONWriter) -> Void = { _ in },
        items: @escaping @Sendable ([StoreSummary], inout JSONWriter) async throws -> Void
    ) async throws -> Answer {
        try await .json(to: call.request.method, pagesFrom: Place(after: after, isFirst: true)) { place, json in
            if place.isFirst {
                json.openObject()
                fields(&json)
                json.name("stores")
                json.openArray()
            }
            let (stores, next) = try await page(after: place.after, count: limit ?? Self.pieceCount)
            try await items(stores, &json)
            if limit == nil, let next { return Place(after: next) }
            json.closeArray()
            if let next { json.field("cursor", ListCursor.afterKey(next).text) }
            json.closeObject()
            return nil
        }
    }
}
