import ConsolePages
import Foundation
import LarderHTTP
import LarderModel
import LarderTestSupport
import NIOHTTP1
import Testing

@testable import LarderServer

@Suite("The console's files")
struct ConsoleFaceTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Console")
        .standardizedFileURL

    private func get(_ path: String, method: HTTPMethod = .GET, _ headers: HTTPHeaders = [:]) async throws -> Answered {
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: "/console/\(path)", headers: headers)
        let answer = try await Bench.with { bench async throws in try await bench.slow(head) }
        guard answer.status < 400 else { throw LarderError(.malformedRequest, answer.text) }
        return answer
    }

    @Test("Every file of the folder is in the binary, byte for byte, and no other")
    func embedded() throws {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: Self.folder.path).filter { $0.contains(".") }
        #expect(Set(paths) == Set(ConsolePage.all.map(\.path)))
        for page in ConsolePage.all {
            #expect(page.bytes == Array(try Data(contentsOf: Self.folder.appending(path: page.path))), "\(page.path)")
        }
        #expect(Set(ConsolePage.all.map(\.version)).count == ConsolePage.all.count)
    }

    @Test(
        "Each has its type and the fields that keep strangers out",
        arguments: [
            ("", "text/html; charset=utf-8"), ("index.html", "text/html; charset=utf-8"),
            ("app.js", "text/javascript; charset=utf-8"),
            ("lib/dom.js", "text/javascript; charset=utf-8"), ("console.css", "text/css; charset=utf-8"),
            ("icon.svg", "image/svg+xml"),
        ])
    func headers(path: String, type: String) async throws {
        let answer = try await get(path)
        #expect(answer.status == 200)
        let fields = Set(answer.fields)
        #expect(fields.contains("content-type: \(type)"))
        for field in [
            "x-content-type-options: nosniff", "referrer-policy: no-referrer", "x-frame-options: DENY",
            "cache-control: no-cache",
        ] {
            #expect(fields.contains(field))
        }
        let policy = try #require(answer.fields.first { $0.hasPrefix("content-security-policy: ") })
        #expect(
            policy.contains("default-src 'none'") && policy.contains("script-src 'self'")
                && policy.contains("frame-ancestors 'none'"))
        #expect(!policy.contains("unsafe"))
    }

    @Test("Who has a version is told so; HEAD has no body; only reading is allowed")
    func conditions() async throws {
        let whole = try await get("app.js")
        let etag = try #require(whole.fields.first { $0.hasPrefix("etag: ") }?.dropFirst(6))
        for known in ["\(etag)", "W/\(etag)", "\"other\", \(etag)", "*"] {
            let answer = try await get("app.js", ["if-none-match": known])
            #expect(answer.status == 304 && answer.body.isEmpty, "\(known)")
        }
        #expect(try await get("app.js", ["if-none-match": "\"other\""]).status == 200)
        let head = try await get("app.js", method: .HEAD)
        #expect(head.body.isEmpty && head.length == whole.length)
        await #expect(throws: LarderError.self) { try await get("app.js", method: .POST) }
        await #expect(throws: LarderError.self) { try await get("no.js") }
        await #expect(throws: LarderError.self) { try await get("../index.html") }
    }
}
