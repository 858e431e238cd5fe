import LarderModel
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
