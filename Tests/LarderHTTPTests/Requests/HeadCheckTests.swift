import LarderModel
import LarderTestSupport
import NIOHTTP1
import Testing

@testable import LarderHTTP

@Suite("The check of a head")
struct HeadCheckTests {
    private func fault(
        _ method: HTTPMethod, _ fields: [(String, String)], version: HTTPVersion = .http1_1, uri: String = "/a?b=c",
        limits: ServerLimits = ServerLimits()
    ) -> LarderError? {
        let head = HTTPRequestHead(version: version, method: method, uri: uri, headers: HTTPHeaders(fields))
        return HeadCheck(limits).fault(in: RequestHead(head, id: "0"))
    }

    private static let host = ("host", "a")

    @Test("lets pass what is whole, over every version")
    func whole() {
        for version in [HTTPVersion.http1_0, .http1_1, .http2] {
            #expect(fault(.GET, [Self.host], version: version) == nil)
            #expect(fault(.PUT, [Self.host, ("content-length", "3")], version: version) == nil)
        }
        #expect(fault(.PUT, [Self.host]) == nil, "a body of nothing (RFC 9112 §6.3)")
        #expect(fault(.PUT, [Self.host, ("Transfer-Encoding", " Chunked ")]) == nil)
    }

    @Test(
        "wants one Host that can be, of HTTP/1.1",
        arguments: [
            (["a"], true), (["a.example:7373"], true), (["127.0.0.1"], true), (["[::1]:7373"], true), (["a_b"], true),
            ([""], true), ([], false), (["a", "a"], false), (["a", "b"], false), (["a b"], false), (["a/b"], false),
            (["a?b"], false), (["a#b"], false), (["u@a"], false), (["a, b"], false), (["\u{E9}"], false),
        ])
    func host(values: [String], isRight: Bool) {
        #expect(fault(.GET, values.map { ("Host", $0) })?.code == (isRight ? nil : .malformedRequest))
    }

    @Test("wants none of HTTP/1.0 and HTTP/2, but takes no two")
    func otherHosts() {
        for version in [HTTPVersion.http1_0, .http2] {
            #expect(fault(.GET, [], version: version) == nil)
            #expect(fault(.GET, [Self.host, Self.host], version: version)?.code == .malformedRequest)
        }
    }

    @Test("bounds one field, all of them, and how many there are")
    func sizes() {
        func fields(_ count: Int, _ size: Int) -> [(String, String)] {
            [Self.host] + (1..<count).map { ("x-\($0 + 1_000)", String(repeating: "v", count: size - 6)) }
        }
        #expect(fault(.GET, fields(200, 300)) == nil)
        #expect(fault(.GET, fields(201, 10))?.limit == .header)
        #expect(fault(.GET, fields(2, 16_000)) == nil)
        #expect(fault(.GET, fields(2, 16_001))?.code == .headersTooLarge)
        #expect(fault(.GET, fields(65, 999)) == nil)
        #expect(fault(.GET, fields(66, 999))?.code == .headersTooLarge)
    }

    @Test(
        "refuses text that is no UTF-8 in what is kept or compared, and nowhere else",
        arguments: [
            ("idempotency-key", true), ("Content-Type", true), ("larder-metadata", true), ("x-amz-meta-user", true),
            ("netlify-blobs-metadata", true), ("if-match", true), ("larder-ttl", true), ("last-event-id", false),
            ("user-agent", false), ("referer", false), ("cookie", false), ("authorization", false), ("x-y", false),
        ])
    func text(name: String, isRead: Bool) {
        let value = String(decoding: [0x61, 0xE9], as: UTF8.self)
        let found = fault(.GET, [Self.host, (name, value)])
        #expect((found?.code == .malformedRequest) == isRead)
        #expect(found.map { $0.message.contains("UTF-8") && $0.message.contains("escapes") } ?? true)
        for good in ["caf\u{E9}", "\u{FFEE}", "\u{1F3AC}", "cafe\u{301}", ""] {
            #expect(fault(.GET, [Self.host, (name, good)]) == nil)
        }
    }

    @Test("refuses a target that is no UTF-8")
    func target() {
        for uri in ["/a\u{FFFD}", "/a?b=\u{FFFD}"] {
            #expect(fault(.GET, [Self.host], uri: uri)?.code == .malformedRequest)
        }
        #expect(fault(.GET, [Self.host], uri: "/%EF%BF%BD?\u{E9}") == nil)
    }

    @Test(
        "refuses a field twice where that leaves open which counts",
        arguments: [
            ("Idempotency-Key", true), ("content-type", true), ("authorization", true), ("larder-ttl", true),
            ("if-unmodified-since", true), ("larder-metadata", true), ("if-match", false), ("accept", false),
            ("cookie", false), ("last-event-id", false), ("x-forwarded-for", false),
        ])
    func twice(name: String, isRefused: Bool) {
        let found = fault(.GET, [Self.host, (name, "1"), (name.uppercased(), "1")])
        #expect((found?.code == .malformedRequest) == isRefused)
    }

    @Test(
        "refuses codings of the transfer that are not undone",
        arguments: ["gzip, chunked", "identity, chunked", "gzip", "chunked, chunked", ""])
    func coding(value: String) {
        #expect(fault(.PUT, [Self.host, ("transfer-encoding", value)])?.code == .notImplemented)
        let old = fault(.PUT, [("transfer-encoding", "chunked")], version: .http1_0)
        #expect(old?.code == .malformedRequest)
    }

    @Test("refuses a part of a content", arguments: [HTTPMethod.PUT, .PATCH, .POST])
    func contentRange(method: HTTPMethod) {
        for value in ["bytes 0-1/2", "bytes */2", "x", ""] {
            let fields = [Self.host, ("content-length", "1"), ("Content-Range", value)]
            #expect(fault(method, fields)?.code == .malformedRequest)
        }
        #expect(fault(.GET, [Self.host, ("content-range", "bytes 0-1/2")]) == nil)
    }

    @Test("wants the length of a body over HTTP/1.0")
    func length() {
        for method in [HTTPMethod.PUT, .POST, .PATCH] {
            #expect(fault(method, [], version: .http1_0)?.code == .lengthRequired)
            #expect(fault(method, [("content-length", "0")], version: .http1_0) == nil)
        }
        for method in [HTTPMethod.GET, .HEAD, .DELETE] { #expect(fault(method, [], version: .http1_0) == nil) }
    }
}
