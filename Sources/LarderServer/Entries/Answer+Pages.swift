import LarderHTTP
import LarderModel
import NIOCore
import NIOHTTP1

extension Answer {
    /// A JSON document that is written page by page while it goes out, so that only one page is in memory. One of a
    /// single page has a length; of another, HEAD counts it.
    /// - Parameters:
    ///   - place: where the first page begins.
    ///   - write: writes the page that begins at a place; returns where the next one begins, or nil behind the last.
    ///     What it throws for the first page is the answer; what it throws later cuts the connection.
    static func json<Place: Sendable>(
        to method: HTTPMethod, pagesFrom place: Place,
        _ write: @escaping @Sendable (Place, inout JSONWriter) async throws -> Place?
    ) async throws -> Answer {
        var document = PagedDocument(place: place, write: write)
        let first = try await document.next() ?? ByteBuffer()
        var answer = Answer.json(.ok, [])
        switch (document.place, method) {
        case (nil, _): answer.body = .bytes(first)
        case (_?, .HEAD):
            var length = Int64(first.readableBytes)
            while let piece = try await document.next() { length += Int64(piece.readableBytes) }
            answer.body = .none(length: length)
        case (_?, _): answer.body = .parts([.bytes(first), .content { [document] in document }], length: nil)
        }
        return answer
    }
}

private struct PagedDocument<Place: Sendable>: PieceSource {
    /// Where the next page begins; nil: there is none.
    var place: Place?
    let write: @Sendable (Place, inout JSONWriter) async throws -> Place?
    private var json = JSONWriter()

    init(place: Place, write: @escaping @Sendable (Place, inout JSONWriter) async throws -> Place?) {
        self.place = place
        self.write = write
    }

    mutating func next() async throws -> ByteBuffer? {
        guard let here = place else { return nil }
        place = try await write(here, &json)
        return ByteBuffer(bytes: json.take())
    }
}
