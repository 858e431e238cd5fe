import Foundation
import Testing

/// Line breaks in what a client names come back in no header field.
@Suite("Attacks: header injection", .server)
struct InjectionTests {
    private static let evil = "\r\nX-Evil: 1\r\nSet-Cookie: a=b\r\n\r\n<script>"
    private static let encoded = "%0d%0aX-Evil:%201%0d%0aSet-Cookie:%20a=b%0d%0a%0d%0a%3Cscript%3E"

    /// Sends raw bytes and checks the heads of all answers.
    private func expectClean(_ requests: String, sourceLocation: SourceLocation = #_sourceLocation) async throws
        -> String
    {
        let server = try server
        let answers = try await RawSocket.with(try server.port) { socket in
            try await socket.send(requests)
            return try await socket.readToEnd()
        }
        for line in answers.components(separatedBy: "\r\n") {
            let name = line.lowercased()
            #expect(
                !name.hasPrefix("x-evil:") && !name.hasPrefix("set-cookie:"), "\(answers)",
                sourceLocation: sourceLocation)
        }
        #expect(!answers.contains("HTTP/1.1 5"), "\(answers)", sourceLocation: sourceLocation)
        #expect(answers.hasPrefix("HTTP/1.1 "), "\(answers)", sourceLocation: sourceLocation)
        return answers
    }

    @Test(
        "In keys, stores, sites and queries",
        arguments: [
            "/default/site:{s}/k{e}", "/default/site:{s}{e}/k", "/default{e}/site:{s}/k", "/v1/stores/{s}/entries/k{e}",
            "/v1/stores/{s}{e}/entries/k",
            "/v1/stores/{s}/entries?prefix={e}", "/v1/stores/{s}/entries?cursor={e}",
            "/v1/stores/{s}/entries?order={e}",
            "/v1/stores/{s}/entries/k?site={e}",
            "/.netlify/blobs/{s}{e}/k{e}", "/v1/progress/p{e}/r{e}", "/v1/progress/p/r?after={e}", "/v1/memory/p{e}",
            "/api/v1/blobs/default/site:{s}/k{e}",
            "/.netlify/functions/progress?projectId={e}", "/nothing{e}", "/v1/admin/tokens/{e}", "/v1/admin/jobs/{e}",
            "/console/{e}",
        ])
    func targets(_ template: String) async throws {
        let server = try server
        let target = template.replacing("{s}", with: Fresh.store()).replacing("{e}", with: Self.encoded)
        for method in ["GET", "HEAD", "DELETE"] {
            _ = try await expectClean(try server.rawHead(method, target, "Connection: close"))
        }
        _ = try await expectClean(try server.rawHead("PUT", target, "Content-Length: 1", "Connection: close") + "x")
        _ = try await expectClean(try server.rawHead("GET", target, "Connection: close"))
    }

    @Test("In metadata and the content type that it can set")
    func metadata() async throws {
        let server = try server
        let store = Fresh.store()
        let object = try JSONSerialization.data(withJSONObject: [
            "name": Self.evil, "contentType": "text/html" + Self.evil, Self.evil: "x",
        ])
        let json = String(decoding: object, as: UTF8.self)
        let edge = Netlify.edge(store, "edge"), native = Native.entry(store, "native")
        expectStatus(
            try await server.put(edge, "x", ["content-type": "text/plain", "x-amz-meta-user": Netlify.metadata(json)]),
            200)
        expectStatus(try await server.put(native, "x", ["content-type": "text/plain", "larder-metadata": json]), 201)
        for target in [
            edge, native, Native.entry(store, "edge"), Netlify.edge(store, "native"), Netlify.api(store, "edge"),
        ] {
            let answer = try await expectClean(try server.rawHead("GET", target, "Connection: close"))
            #expect(answer.contains("content-type: text/plain\r\n"), "\(answer)")
            _ = try await expectClean(try server.rawHead("HEAD", target, "Connection: close"))
        }
        // It is kept as it was, though: escaping is not censoring.
        #expect(
            try await server.get(Native.entries(store, "metadata=true")).json["entries"][0]["metadata"]["name"].string
                == Self.evil)
    }

    @Test(
        "In fields that requests are answered by",
        arguments: [
            "Host: x{e}", "Origin: http://x{e}", "Range: bytes=0-{e}", "If-None-Match: {e}", "If-Match: \"{e}\"",
            "Last-Event-ID: {e}",
            "X-Request-ID: {e}",
            "X-Forwarded-For: {e}", "X-Forwarded-Proto: {e}", "Accept-Encoding: {e}", "Content-Type: text/html{e}",
            "Larder-Metadata: {e}",
            "Idempotency-Key: {e}",
        ])
    func fields(_ template: String) async throws {
        let server = try server
        let store = Fresh.store()
        try requireStatus(try await server.put(Netlify.edge(store, "k"), "x"), 200)
        for evil in [Self.encoded, "\rX-Evil: 1", "\u{b}X-Evil: 1", "\\r\\nX-Evil: 1"] {
            let field = template.replacing("{e}", with: evil)
            _ = try await expectClean(try server.rawHead("GET", Netlify.edge(store, "k"), field, "Connection: close"))
            _ = try await expectClean(
                try server.rawHead(
                    "GET", Netlify.api(store, "k"), field, "Accept: \(Netlify.signedURL)", "Connection: close"))
            _ = try await expectClean(
                try server.rawHead("PUT", Native.entry(store, "k2"), field, "Content-Length: 1", "Connection: close")
                    + "x")
            _ = try await expectClean(try server.rawHead("GET", Native.entry(store, "k2"), "Connection: close"))
        }
    }
}
