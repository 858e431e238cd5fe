import LarderModel
import NIOCore
import NIOHTTP1
import Testing

@testable import LarderHTTP

@Suite("An answer's head")
struct AnswerHeadTests {
    @Test("names the request on every face, dates itself, and says its length where it has one")
    func head() {
        let made = request(.GET, "/")
        let head = Answer.json(.ok, "{}").responseHead(for: made, closing: true)
        #expect(head.headers["x-request-id"] == ["0"] && head.headers["x-nf-request-id"] == ["0"])
        #expect(head.headers["content-length"] == ["2"])
        #expect(head.headers["connection"] == ["close"])
        #expect(head.headers["date"].compactMap { Timestamp(httpDate: $0) }.count == 1)
        let empty = Answer(.noContent).responseHead(for: made, closing: false)
        #expect(empty.headers["content-length"].isEmpty && empty.headers["connection"].isEmpty)
        #expect(
            Answer.json(.ok, "{}").withoutBody.responseHead(for: made, closing: false).headers["content-length"] == [
                "2"
            ])
    }
}

@Suite("A head as text")
struct HeadTextTests {
    private func text(_ head: HTTPResponseHead) -> String? {
        var out = ByteBuffer(string: "before ")
        let before = out
        guard head.write(to: &out) else {
            #expect(out == before)
            return nil
        }
        return String(buffer: out)
    }

    @Test("has a status line, a line for each field as it stands, and an empty line")
    func lines() {
        let long = String(repeating: "ä", count: 5_000)
        let head = HTTPResponseHead(
            version: .http1_1, status: .custom(code: 299, reasonPhrase: "Odd Thing"),
            headers: ["a": "1", "b": "", "A": "tab\there", "c": long])
        #expect(text(head) == "before HTTP/1.1 299 Odd Thing\r\na: 1\r\nb: \r\nA: tab\there\r\nc: \(long)\r\n\r\n")
        let bare = HTTPResponseHead(version: .http1_1, status: .notModified)
        #expect(text(bare) == "before HTTP/1.1 304 Not Modified\r\n\r\n")
    }

    @Test(
        "is none where a field would be more than a line",
        arguments: [
            ("a", "1\r\nb: 2"), ("a", "1\nb"), ("a", "1\rb"), ("a", "\0"), ("a", "\u{7F}"), ("a", "\u{1B}[31m"),
            ("a b", "1"), ("a:b", "1"), ("a\r\nb", "1"), ("", "1"), ("ä", "1"),
        ])
    func fields(_ name: String, _ value: String) {
        #expect(text(HTTPResponseHead(version: .http1_1, status: .ok, headers: ["x": "y", name: value])) == nil)
    }

    @Test("is none of another version")
    func version() {
        #expect(text(HTTPResponseHead(version: .http1_0, status: .ok)) == nil)
    }
}
