import LarderModel
import LarderTestSupport
import NIOHTTP1
import Testing

@testable import LarderHTTP

@Suite("A request's head")
struct RequestHeadTests {
    @Test(
        "is cut into path and query as they came",
        arguments: [
            ("/a/b?c=d", "/a/b", "c=d"), ("/a/b", "/a/b", ""), ("/a?", "/a", ""), ("/a?b?c", "/a", "b?c"),
            ("/a%3Fb", "/a%3Fb", ""),
            ("/a#b", "/a#b", ""),
            ("http://host/a?b", "/a", "b"), ("http://host:1/a//b/../c", "/a//b/../c", ""), ("https://host?b", "", "b"),
            ("/a://b", "/a://b", ""),
        ])
    func target(uri: String, path: String, query: String) {
        let head = request(.GET, uri)
        #expect(head.path == path)
        #expect(head.query == query)
    }

    @Test(
        "gives query fields decoded, the last one of a name",
        arguments: [
            ("a=1", "1"), ("a=1&a=2", "2"), ("a", ""), ("a=", ""), ("b=1", nil), ("", nil), ("a=x+y%2Bz%20", "x y+z "),
            ("%61=1", "1"), ("aa=1", nil),
            ("a=b=c", "b=c"),
            ("&&a=1&", "1"), ("a=%zz", "%zz"), ("=1", nil),
        ])
    func queryField(query: String, value: String?) {
        #expect(request(.GET, "/?" + query).queryField("a") == value.map(\.bytes))
    }

    @Test("refuses a query field that should be text and is not")
    func queryText() {
        #expect(request(.GET, "/?a=%FF").queryField("a") == [0xFF])
        let error = #expect(throws: LarderError.self) { try request(.GET, "/?a=%FF").queryText("a") }
        #expect(error?.code == .malformedRequest)
    }

    @Test(
        "tells whether gzip is taken",
        arguments: [
            ("gzip", true), ("GZIP", true), ("x-gzip", true), ("*", true), ("deflate, gzip", true),
            ("gzip;q=0.5", true), ("gzip; q=0", false),
            ("gzip;q=0.000", false),
            ("*;q=0", false), ("identity", false), ("", false), ("deflate,br", false), ("gzipped", false),
            ("*;q=0, gzip", true),
            ("gzip;q=0, *", false),
        ])
    func acceptsGzip(field: String, expected: Bool) {
        #expect(request(.GET, "/", [("accept-encoding", field)]).acceptsGzip == expected)
        #expect(!request(.GET, "/").acceptsGzip)
    }

    @Test("joins the lines of a field")
    func field() {
        let head = request(
            .GET, "/",
            [
                ("If-Match", "\"\(String(repeating: "a", count: 32))\""),
                ("if-match", "\"\(String(repeating: "b", count: 32))\""),
            ])
        #expect(head.field("IF-MATCH")?.contains(", ") == true)
        guard case .tags(let tags)? = head.preconditions().ifMatch else {
            Issue.record("there should be tags")
            return
        }
        #expect(tags.count == 2)
        #expect(head.field("none") == nil)
    }

    @Test(
        "tells of a body",
        arguments: [
            ([("content-length", "0")], false), ([("content-length", "1")], true),
            ([("transfer-encoding", "chunked")], true), ([], false),
        ])
    func hasBody(fields: [(String, String)], expected: Bool) {
        #expect(request(.PUT, "/", fields).hasBody == expected)
    }

    @Test("takes dates that can't be read for no condition, and keeps in mind that tags could not be read")
    func preconditions() {
        let conditions = request(
            .GET, "/", [("if-modified-since", "yesterday"), ("if-unmodified-since", "Sun, 10 May 2026 06:12:47 GMT")]
        )
        .preconditions()
        #expect(conditions.ifModifiedSince == nil)
        #expect(conditions.ifUnmodifiedSince != nil)
        #expect(request(.GET, "/", [("if-none-match", "abc")]).preconditions().ifNoneMatch == .unreadable)
    }

    @Test(
        "has no blanks around its fields' values",
        arguments: [
            ("a", "a"), (" a", "a"), ("a ", "a"), ("\t a\t \t", "a"), ("a b", "a b"), ("", ""), (" ", ""), ("\t\t", ""),
            ("\u{A0}a\u{A0}", "\u{A0}a\u{A0}"),
        ])
    func trimmed(value: String, expected: String) {
        let head = request(.GET, "/", [("x", value), ("y", " 1 ")])
        #expect(head.field("x") == expected && head.field("y") == "1")
    }

    @Test(
        "wants what its Accept fields name",
        arguments: [
            (["text/event-stream"], true), (["Text/Event-Stream"], true), (["text/event-stream;charset=utf-8"], true),
            (["application/json, text/event-stream"], true), (["application/json", "text/event-stream"], true),
            (["text/event-stream; Q=0.1"], true), (["text/event-stream;q=0"], false),
            (["text/event-stream; q=0.000"], false), (["text/event-streams"], false), (["x-text/event-stream"], false),
            (["application/json;x=\"text/event-stream\""], false),
            (["a/b;x=\",text/event-stream,\""], false), (["a/b;x=\"\\\",\", text/event-stream"], true),
            (["*/*"], false), (["text/*"], false), ([], false), ([""], false),
        ])
    func accepts(fields: [String], expected: Bool) {
        #expect(request(.GET, "/", fields.map { ("Accept", $0) }).accepts("text/event-stream") == expected)
    }

    @Test("wants a type with its parameter")
    func acceptsParameter() {
        for (field, expected) in [
            ("application/json;type=signed-url", true), ("application/json; Type=Signed-URL", true),
            ("application/json", false), ("application/json;type=signed-url;q=0", false),
            ("application/json;type=signed-urls", false), ("*/*, application/json ; q=0.5 ;type=signed-url", true),
        ] {
            #expect(
                request(.GET, "/", [("accept", field)]).accepts("application/json", "type=signed-url") == expected,
                "\(field)")
        }
    }

    @Test("has an ID of its own, of 16 digits")
    func id() {
        let ids = Set((0..<1_000).map { _ in RequestID.next() })
        #expect(ids.count == 1_000)
        #expect(ids.allSatisfy { $0.utf8.count == 16 && $0.allSatisfy(\.isHexDigit) })
    }
}
