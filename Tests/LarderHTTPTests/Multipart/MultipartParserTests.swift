import LarderModel
import NIOCore
import Testing

@testable import LarderHTTP

@Suite("A multipart body")
struct MultipartParserTests {
    /// What came out, with the pieces of a part put together.
    private enum Item: Equatable {
        case part(String, type: String?, content: String)
        case end
    }

    private static func read(_ body: String, cutAt cuts: [Int] = [], boundary: String = "b") throws -> [Item] {
        var parser = MultipartParser(boundary: boundary)
        var items: [Item] = []
        var head: MultipartHead?
        var content: [UInt8] = []
        let bytes = Array(body.utf8)
        var start = 0
        for end in cuts + [bytes.count] {
            parser.feed(ByteBuffer(bytes: bytes[start..<end]))
            start = end
            while let event = try parser.next() {
                switch event {
                case .part(let one): head = one
                case .content(let piece):
                    #expect(piece.readableBytes > 0)
                    content += piece.readableBytesView
                case .endOfPart:
                    let ended = try #require(head)
                    items.append(
                        .part(
                            ended.name, type: ended.contentType, content: String(decoding: content, as: UTF8.self)))
                    content = []
                case .end: items.append(.end)
                }
            }
        }
        try parser.finish()
        return items
    }

    private static let whole = """
        preamble\r\n--b \t\r\nContent-Disposition: form-data; name="value"; filename="up;\\"load"\r\n\
        content-TYPE:  image/png \r\n\r\nab\r\n--\r\n--c\r\n-\r\r\n\r\n--b\r\n\
        Content-Disposition: form-data; name=metadata\r\n\r\n\r\n--b--epilogue\r\n--b\r\n
        """
    private static let items: [Item] = [
        .part("value", type: "image/png", content: "ab\r\n--\r\n--c\r\n-\r\r\n"),
        .part("metadata", type: nil, content: ""), .end,
    ]

    @Test("is the same however it is cut in two")
    func everyCut() throws {
        for cut in 0...Self.whole.utf8.count {
            #expect(try Self.read(Self.whole, cutAt: [cut]) == Self.items, "cut at \(cut)")
        }
    }

    @Test("is the same byte by byte, and in pieces of any size", arguments: 1...20)
    func pieces(size: Int) throws {
        let cuts = Array(stride(from: size, to: Self.whole.utf8.count, by: size))
        #expect(try Self.read(Self.whole, cutAt: cuts) == Self.items)
    }

    @Test("may begin with its boundary, and hold a content that looks like one")
    func plain() throws {
        let head = "Content-Disposition: form-data; name=\"v\"\r\n\r\n"
        #expect(
            try Self.read("--b\r\n\(head)--b--\r\n--b--")
                == [.part("v", type: nil, content: "--b--"), .end])
        #expect(try Self.read("--b--") == [.end])
    }

    @Test(
        "is refused when it is none",
        arguments: [
            "", "--", "--b", "--b\r\n", "--b\r\nContent-Disposition: form-data; name=\"v\"\r\n\r\nx",
            "--b\r\nContent-Disposition: form-data; name=\"v\"\r\n\r\nx\r\n--b", "--bx\r\n\r\n--b--",
            "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", "--b\r\n\r\nx\r\n--b--",
            "--b\r\nno colon\r\n\r\nx\r\n--b--", "--b\nContent-Disposition: form-data; name=\"v\"\n\nx\n--b--",
            "--b\r\nX: " + String(repeating: "y", count: MultipartParser.headMax) + "\r\n\r\nx\r\n--b--",
            "--b" + String(repeating: " ", count: 200) + "\r\n",
        ])
    func refused(body: String) {
        let error = #expect(throws: LarderError.self) { try Self.read(body) }
        #expect(error?.code == .malformedRequest)
    }

    @Test(
        "says its boundary in its content type",
        arguments: [
            ("multipart/form-data; boundary=abc", "abc"), ("multipart/form-data;boundary=\"a b;c\"; x=y", "a b;c"),
            ("multipart/form-data; x=y; BOUNDARY = z", "z"), ("multipart/form-data; boundary=\"a\\\"b\"", "a\"b"),
            ("multipart/form-data", nil), ("multipart/form-data; boundary", nil),
        ])
    func boundary(type: String, boundary: String?) { #expect(HeaderParameters(type)["boundary"] == boundary) }
}
