import BlobStore
import Foundation
import Gzip
import LarderHTTP
import LarderModel
import LarderTestSupport
import NIOCore
import NIOHTTP1
import Objects
import Testing

@testable import LarderServer

@Suite("An error's answer")
struct ErrorAnswerTests {
    private static let statuses: [LarderError.Code: UInt] = [
        .malformedRequest: 400, .invalidSite: 400, .invalidStore: 400, .invalidKey: 400, .invalidMetadata: 400,
        .invalidCondition: 400,
        .unauthorized: 401,
        .forbidden: 403, .crossOrigin: 403, .notFound: 404, .methodNotAllowed: 405, .conflict: 409, .notALog: 409,
        .lengthRequired: 411, .preconditionFailed: 412,
        .entryTooLarge: 413,
        .unsupportedMediaType: 415, .rangeNotSatisfiable: 416, .notJSON: 422, .invalidDocument: 422,
        .idempotencyMismatch: 422, .notAVault: 422, .invalidVector: 422,
        .tooManyRequests: 429, .corruptEntry: 500,
        .targetTooLong: 414, .headersTooLarge: 431, .requestTimeout: 408,
        .internalError: 500, .invalidPolicy: 500, .notImplemented: 501, .unavailable: 503, .outcomeUnknown: 503,
        .readOnly: 503, .diskFull: 507,
    ]

    @Test(
        "has the status of the contract, the one shape, and says when to come again",
        arguments: LarderError.Code.allCases)
    func table(code: LarderError.Code) async throws {
        let error = LarderError(code, "what \"happened\"\nto 🎬", cause: "/data/secret")
        for onNetlifyFace in [true, false] {
            let answer = try await Answered((onNetlifyFace ? ErrorShape.netlify : .json).answer(error, false))
            // Netlify's 403 without a token has no reason: its client has words of its own for that.
            let isNetlify403 = onNetlifyFace && code == .unauthorized
            #expect(answer.status == (isNetlify403 ? 403 : Self.statuses[code]))
            #expect(answer.field("content-type") == "application/json")
            let inner = try #require(answer.json?["error"] as? [String: String])
            #expect(inner == ["code": code.rawValue, "message": error.message])
            let reason = onNetlifyFace && !isNetlify403 ? "what \"happened\"?to ????" : nil
            #expect(answer.field("x-nf-error") == reason)
            #expect((answer.field("retry-after") != nil) == [429, 503].contains(answer.status))
            #expect((answer.field("www-authenticate") != nil) == (answer.status == 401))
            #expect(!answer.text.contains("secret"))
        }
    }
}

@Suite("The metrics of requests")
struct RequestMetricsTests {
    @Test("counts requests by few labels, whatever clients send")
    func requests() {
        let metrics = RequestMetrics(labels: ["native"])
        for method in [HTTPMethod.GET, .PATCH, .RAW(value: "BREW"), .OPTIONS] {
            for status in [HTTPResponseStatus.ok, .notFound, .custom(code: 799, reasonPhrase: "")] {
                metrics.observe(Exchange.Label(0), method, status, .milliseconds(3), bytesOut: 10)
            }
        }
        var text = MetricsText()
        metrics.write(to: &text)
        let samples = text.text.split(separator: "\n").filter { $0.hasPrefix("larder_requests_total") }
        #expect(samples.count == 9)
        #expect(samples.contains(#"larder_requests_total{face="native",method="other",status="2xx"} 2"#))
        #expect(samples.contains(#"larder_requests_total{face="native",method="get",status="5xx"} 1"#))
        #expect(text.text.contains(#"larder_request_seconds_count{face="native"} 12"#))
        #expect(text.text.contains("larder_sent_body_bytes_total 120\n"))
    }
}

@Suite("The answer to a read of an entry")
struct EntryAnswerTests {
    /// - Parameter age: how long ago the content was written.
    private func answer(
        _ content: EntryContent, _ method: HTTPMethod = .GET, _ fields: [(String, String)] = [],
        age: Duration = .seconds(60)
    ) async throws -> Answered {
        try await Answered(
            EntryAnswer.make(content, for: request(method, "/", fields), now: content.entry.modifiedAt + age) {
                $0.add(name: "x-face", value: "1")
            })
    }

    /// Runs `body` with entries that hold the same text: plain, packed in memory, packed in a file.
    private func withContents(_ body: (EntryContent, [UInt8]) async throws -> Void) async throws {
        try await Bench.with { bench async throws in
            for (key, size, type) in [
                ("plain", 1_000, "text/plain"), ("packed", 10_000, "text/plain"), ("file", 100_000, "text/plain"),
            ] {
                try await bench.store.put(name(key), text(size), type: type)
                let content = try #require(try await bench.store.content(name(key)))
                #expect((content.entry.encoding == .gzip) == (key != "plain"))
                #expect((content.entry.placement == .file) == (key == "file"))
                try await body(content, text(size))
            }
        }
    }

    @Test("is the content, packed only for those who take it that way, with one ETag for both")
    func whole() async throws {
        try await withContents { content, plain async throws in
            let isPacked = content.entry.encoding == .gzip
            for accepts in [false, true] {
                let fields = accepts ? [("accept-encoding", "gzip")] : []
                let get = try await answer(content, .GET, fields)
                #expect(get.status == 200)
                #expect(get.length == Int64(get.body.count))
                #expect(get.field("content-encoding") == (isPacked && accepts ? "gzip" : nil))
                #expect(
                    isPacked && accepts ? try Gzip.decode(get.body, limit: plain.count) == plain : get.body == plain)
                #expect(get.field("etag") == content.entry.etag.quoted)
                #expect(get.field("vary") == (isPacked ? "accept-encoding" : nil))
                #expect(get.field("x-face") == "1")
                var head = try await answer(content, .HEAD, fields)
                #expect(head.body.isEmpty)
                head.body = get.body
                #expect(head == get, "HEAD says what GET says")
            }
        }
    }

    @Test(
        "is the ranges of the plain content that were asked for",
        arguments: [
            ("bytes=0-0", 0..<1), ("bytes=10-19", 10..<20), ("bytes=990-", 990..<1_000), ("bytes=-10", 990..<1_000),
            ("bytes=5-99999999", 5..<1_000),
        ])
    func range(field: String, expected: Range<Int>) async throws {
        try await withContents { content, plain async throws in
            // For content of other sizes the end moves.
            let end = expected.upperBound == 1_000 ? plain.count : expected.upperBound
            let start = field == "bytes=-10" ? plain.count - 10 : expected.lowerBound
            let got = try await answer(content, .GET, [("range", field), ("accept-encoding", "gzip")])
            #expect(got.status == 206)
            #expect(got.body == Array(plain[start..<end]))
            #expect(got.length == Int64(end - start))
            #expect(got.field("content-range") == "bytes \(start)-\(end - 1)/\(plain.count)")
            #expect(got.field("content-encoding") == nil)
            #expect(try await answer(content, .HEAD, [("range", field)]).status == 200)
        }
    }

    @Test("is several ranges as one message of parts, of the length that was said")
    func ranges() async throws {
        try await withContents { content, plain async throws in
            let got = try await answer(content, .GET, [("range", "bytes=0-4, 10-10,-3")])
            #expect(got.status == 206)
            #expect(got.length == Int64(got.body.count))
            let boundary = try #require(got.field("content-type")?.split(separator: "boundary=").last)
            let parts = got.text.components(separatedBy: "\r\n--\(boundary)")
            #expect(parts.count == 5)
            #expect(parts.first == "" && parts.last == "--\r\n")
            for (part, range) in zip(parts.dropFirst(), [0..<5, 10..<11, plain.count - 3..<plain.count]) {
                let pieces = part.components(separatedBy: "\r\n\r\n")
                #expect(
                    pieces.first
                        == "\r\nContent-Type: text/plain\r\nContent-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/\(plain.count)"
                )
                #expect(pieces.last?.bytes == Array(plain[range]))
            }
        }
    }

    @Test("is 416 with the size for a range behind the end, and the whole for one that can't be read")
    func badRanges() async throws {
        try await withContents { content, plain async throws in
            let behind = try await answer(content, .GET, [("range", "bytes=\(plain.count)-")])
            #expect(behind.status == 416)
            #expect(behind.field("content-range") == "bytes */\(plain.count)")
            for field in ["bytes=2-1", "bytes=x-", "items=0-1", "bytes"] {
                #expect(try await answer(content, .GET, [("range", field)]).body == plain)
            }
        }
    }

    @Test("is a range only of the content that If-Range means")
    func ifRange() async throws {
        try await withContents { content, _ async throws in
            let entry = content.entry
            for (validator, status) in [
                (entry.etag.quoted, UInt(206)), ("\"\(String(repeating: "0", count: 32))\"", 200),
                ("W/" + entry.etag.quoted, 200),
                (entry.modifiedAt.httpDate, 206), ((entry.modifiedAt + .seconds(1)).httpDate, 200), ("nonsense", 200),
            ] {
                #expect(
                    try await answer(content, .GET, [("range", "bytes=0-1"), ("if-range", validator)]).status == status,
                    "\(validator)")
            }
            let fields = [("range", "bytes=0-1"), ("if-range", entry.modifiedAt.httpDate)]
            let inSameSecond = try await answer(content, .GET, fields, age: .zero)
            #expect(inSameSecond.status == 200, "it may be replaced in the same second")
            let asGzip = [("range", "bytes=0-1"), ("if-range", entry.etag.quoted), ("accept-encoding", "gzip")]
            #expect(try await answer(content, .GET, asGzip).status == (entry.encoding == .gzip ? 200 : 206))
        }
    }

    @Test("is 304 with the entry's fields when the client has it, 412 when it wants another")
    func conditions() async throws {
        try await withContents { content, _ async throws in
            let tag = content.entry.etag.quoted
            let get = try await answer(content)
            for method in [HTTPMethod.GET, .HEAD] {
                for fields in [
                    [("if-none-match", tag)], [("if-none-match", "W/\(tag)")], [("if-none-match", "*")],
                    [("if-modified-since", content.entry.modifiedAt.httpDate)],
                ] {
                    let known = try await answer(content, method, fields)
                    #expect(known.status == 304)
                    #expect(known.body.isEmpty && known.length == nil)
                    #expect(known.fields == get.fields)
                }
                let error = await #expect(throws: LarderError.self) {
                    try await answer(content, method, [("if-match", "\"x\"")])
                }
                #expect(error?.code == .preconditionFailed)
                #expect(try await answer(content, method, [("if-none-match", "\"x\"")]).status == 200)
            }
        }
    }

    @Test(
        "keeps what a browser could run from running",
        arguments: [
            ("text/html", true), ("image/svg+xml", true), ("application/pdf", true), ("image/png", false),
            ("application/json", false),
            ("image/png;,text/html", true),
        ])
    func runnable(type: String, isAttachment: Bool) async throws {
        try await Bench.with { bench async throws in
            try await bench.store.put(name("k"), [1], type: type)
            let got = try await answer(try #require(try await bench.store.content(name("k"))))
            #expect(got.field("content-type") == type)
            #expect(got.field("content-disposition") == (isAttachment ? "attachment" : nil))
            #expect(got.field("x-content-type-options") == "nosniff")
            #expect(got.field("content-security-policy")?.hasPrefix("sandbox") == true)
        }
    }

    @Test("of no bytes has no range and a length of 0")
    func empty() async throws {
        try await Bench.with { bench async throws in
            try await bench.store.put(name("k"), [])
            let content = try #require(try await bench.store.content(name("k")))
            #expect(try await answer(content).length == 0)
            #expect(try await answer(content, .GET, [("range", "bytes=0-0")]).status == 416)
        }
    }

    @Test("sends no control character of a stored type or metadata into the head")
    func headerText() async throws {
        try await Bench.with { bench async throws in
            try await bench.store.put(
                name("k"), [1], type: "text/plain; x=\u{1}é", metadata: try Metadata(json: #"{"é\u007f":"🎬"}"#.bytes))
            let content = try #require(try await bench.store.content(name("k")))
            for addFields in [NetlifyEntry.addFields, NativeEntry.addFields] {
                let answer = try EntryAnswer.make(content, for: request(.GET, "/"), now: content.entry.modifiedAt) {
                    addFields(content.entry, &$0)
                }
                for field in answer.headers {
                    #expect(field.value.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "\(field)")
                }
            }
        }
    }
}
