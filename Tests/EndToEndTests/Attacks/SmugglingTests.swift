import Foundation
import Testing

/// Requests that a proxy before the server could cut differently than the server: a second one hides in the first.
@Suite("Attacks: request smuggling", .server)
struct SmugglingTests {
    /// A head with `{host}` and what decides where its body ends; the hidden request follows where `{hidden}` stands.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        var testDescription: String { name }
    }

    private static func put(_ fields: String, _ body: String) -> String {
        "PUT {outer} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\(fields)\r\n\r\n\(body)"
    }

    static let cases: [Case] = [
        Case(
            name: "CL and TE", text: put("Content-Length: {length}\r\nTransfer-Encoding: chunked", "0\r\n\r\n{hidden}")),
        Case(
            name: "TE and CL", text: put("Transfer-Encoding: chunked\r\nContent-Length: {length}", "0\r\n\r\n{hidden}")),
        Case(name: "CL 0 and TE", text: put("Content-Length: 0\r\nTransfer-Encoding: chunked", "{chunked}")),
        Case(name: "two CL, less first", text: put("Content-Length: 1\r\nContent-Length: {length1}", "x{hidden}")),
        Case(name: "two CL, more first", text: put("Content-Length: {length1}\r\nContent-Length: 1", "x{hidden}")),
        Case(name: "CL list", text: put("Content-Length: 1, {length1}", "x{hidden}")),
        Case(name: "CL with sign", text: put("Content-Length: +1", "x{hidden}")),
        Case(name: "CL negative", text: put("Content-Length: -1", "{hidden}")),
        Case(name: "CL in hex", text: put("Content-Length: 0x1", "x{hidden}")),
        Case(name: "CL of two words", text: put("Content-Length: 1 0", "x{hidden}")),
        Case(name: "CL too large", text: put("Content-Length: 18446744073709551617", "x{hidden}")),
        Case(name: "CL empty", text: put("Content-Length:", "{hidden}")),
        Case(name: "space before the colon of CL", text: put("Content-Length : 1", "x{hidden}")),
        Case(
            name: "space before the colon of TE",
            text: put("Transfer-Encoding : chunked\r\nContent-Length: {length5}", "0\r\n\r\n{hidden}")),
        Case(
            name: "tab before the colon",
            text: put("Transfer-Encoding\t: chunked\r\nContent-Length: {length5}", "0\r\n\r\n{hidden}")),
        Case(
            name: "TE unknown",
            text: put("Transfer-Encoding: xchunked\r\nContent-Length: {length5}", "0\r\n\r\n{hidden}")),
        Case(name: "TE chunked not last", text: put("Transfer-Encoding: chunked, identity", "0\r\n\r\n{hidden}")),
        Case(
            name: "TE twice",
            text: put("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n{hidden}")),
        Case(
            name: "TE with vertical tab",
            text: put("Transfer-Encoding: \u{b}chunked\r\nContent-Length: {length5}", "0\r\n\r\n{hidden}")),
        Case(
            name: "TE in quotes",
            text: put("Transfer-Encoding: \"chunked\"\r\nContent-Length: {length5}", "0\r\n\r\n{hidden}")),
        Case(
            name: "TE of HTTP/1.0",
            text: put("Transfer-Encoding: chunked\r\nContent-Length: {length5}", "0\r\n\r\n{hidden}").replacing(
                "HTTP/1.1", with: "HTTP/1.0")),
        Case(
            name: "folded TE",
            text: put("Transfer-Encoding:\r\n chunked\r\nContent-Length: {length5}", "0\r\n\r\n{hidden}")),
        Case(name: "folded CL", text: put("Content-Length:\r\n 1\r\nX: y", "x{hidden}")),
        Case(
            name: "folded field that holds TE",
            text: put("X: a\r\n Transfer-Encoding: chunked\r\nContent-Length: {length5}", "0\r\n\r\n{hidden}")),
        Case(
            name: "first field is folded",
            text: put(" Transfer-Encoding: chunked\r\nContent-Length: {length5}", "0\r\n\r\n{hidden}")),
        Case(
            name: "bare LF before TE",
            text: put("X: a\nTransfer-Encoding: chunked\r\nContent-Length: {length5}", "0\r\n\r\n{hidden}")),
        Case(name: "bare LF before CL", text: put("X: a\nContent-Length: 1\r\nContent-Length: {length1}", "x{hidden}")),
        Case(
            name: "bare LF ends the head",
            text: put("Content-Length: {length5}\n\nPUT {smuggled} HTTP/1.1\nHost: x", "{hidden}")),
        Case(
            name: "bare CR before TE",
            text: put("X: a\rTransfer-Encoding: chunked\r\nContent-Length: {length5}", "0\r\n\r\n{hidden}")),
        Case(
            name: "NUL in a field",
            text: put("X: a\u{0}b\r\nTransfer-Encoding: chunked\r\nContent-Length: {length5}", "0\r\n\r\n{hidden}")),
        Case(name: "chunk size 0x0", text: put("Transfer-Encoding: chunked", "0x0\r\n\r\n{hidden}")),
        Case(name: "chunk size with sign", text: put("Transfer-Encoding: chunked", "+0\r\n\r\n{hidden}")),
        Case(name: "chunk size with space before", text: put("Transfer-Encoding: chunked", " 0\r\n\r\n{hidden}")),
        Case(
            name: "chunk size too large",
            text: put("Transfer-Encoding: chunked", "10000000000000000\r\n\r\n0\r\n\r\n{hidden}")),
        Case(name: "chunk size empty", text: put("Transfer-Encoding: chunked", "\r\n0\r\n\r\n{hidden}")),
        Case(name: "bare LF after the chunk size", text: put("Transfer-Encoding: chunked", "0\n\n{hidden}")),
        Case(
            name: "bare LF in a chunk extension",
            text: put("Transfer-Encoding: chunked", "2;\nxx\r\n{chunksize}\r\n0\r\n\r\n{hidden}")),
        Case(name: "bare CR in a chunk extension", text: put("Transfer-Encoding: chunked", "0;\rx\r\n\r\n{hidden}")),
        Case(
            name: "chunk longer than it says", text: put("Transfer-Encoding: chunked", "1\r\nxx\r\n0\r\n\r\n{hidden}")),
        Case(name: "chunk without its CRLF", text: put("Transfer-Encoding: chunked", "1\r\nx0\r\n\r\n{hidden}")),
    ]

    @Test("The hidden request is not carried out, and the connection ends", arguments: cases)
    func hidden(_ row: Case) async throws {
        let server = try server
        let store = Fresh.store()
        let hidden = try server.rawHead("PUT", Netlify.edge(store, "smuggled"), "Content-Length: 1") + "x"
        let length = hidden.utf8.count
        let text = row.text.replacing("{hidden}", with: hidden).replacing("{outer}", with: Netlify.edge(store, "outer"))
            .replacing("{smuggled}", with: Netlify.edge(store, "smuggled")).replacing("{host}", with: "127.0.0.1")
            .replacing("{token}", with: try server.token).replacing("{length1}", with: "\(length + 1)").replacing(
                "{length5}", with: "\(length + 5)"
            )
            .replacing("{length}", with: "\(length + 5)").replacing(
                "{chunked}", with: "\(String(length, radix: 16))\r\n\(hidden)\r\n0\r\n\r\n"
            )
            .replacing("{chunksize}", with: "40")
        let answers = try await RawSocket.with(try server.port) { socket in
            try await socket.send(text)
            // The server closes: after such a request nobody knows where the next one begins.
            return try await socket.readToEnd()
        }
        #expect(answers.hasPrefix("HTTP/1.1 4") || answers.isEmpty, "\(row.name): \(answers)")
        #expect(answers.matches(of: /HTTP\/1\.1 [0-9]{3}/).count <= 1, "\(row.name): \(answers)")
        expectStatus(try await server.get(Netlify.edge(store, "smuggled")), 404)
        #expect(try await server.get(Netlify.edge(store, "outer")).text.contains("smuggled") == false)
    }

    @Test(
        "Forms of a target that lead nowhere",
        arguments: [
            "//evil.example/v1/stores", "///v1/stores", "evil.example:80", "*", "http:/v1/stores", "/\\evil.example",
            "?site=default", "/#/v1/stores",
            "http://", "http://?x", "default/site:things/k", "javascript:alert(1)",
        ])
    func targets(_ target: String) async throws {
        let server = try server
        for method in ["GET", "PUT", "OPTIONS", "CONNECT"] {
            let answer = try await RawSocket.with(try server.port) { socket in
                try await socket.send(try server.rawHead(method, target, "Connection: close", "Content-Length: 0"))
                socket.finish()
                return try await socket.readToEnd()
            }
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"), "\(method) \(target): \(answer)")
        }
    }

    @Test("The absolute form means the path in it")
    func absoluteForm() async throws {
        let server = try server
        let store = Fresh.store()
        try requireStatus(try await server.put(Netlify.edge(store, "k"), "x"), 200)
        #expect(try await server.get("http://127.0.0.1" + Netlify.edge(store, "k")).text == "x")
        try expectError(try await server.get("http://127.0.0.1" + Netlify.edge(store, "k"), as: .nobody), 403)
    }
}
