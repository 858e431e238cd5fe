import NIOHTTP1
import Testing

/// Unicode joins a mark to what stands before it (U+0301), and some characters to what stands behind them (U+0600).
/// Whoever reads text by such joined characters misses a separator that everybody else sees.
@Suite("Characters that join the separators beside them", .server)
struct JoiningBytesTests {
    @Test(
        "do not smuggle another site into a signed URL",
        arguments: ["sig=x\u{600}&site=other&", "exp=1\u{600}&site=other&", "a=\u{600}&site=other&"])
    func signature(_ smuggled: String) async throws {
        let server = try server
        let key = Fresh.name("key")
        for site in ["default", "other"] {
            try requireStatus(
                try await server.put("/default/site:things/\(key)".replacing("default", with: site), "in \(site)"), 200)
        }
        let link =
            try await server.send(.POST, "/v1/sign", [:], .text(#"{"store":"things","key":"\#(key)"}"#)).json["url"]
            .string ?? ""
        let target = link.replacing(try server.url, with: "")
        expectStatus(try await server.get(target, as: .nobody), 200)
        let parts = target.split(separator: "?", maxSplits: 1)
        let forged = "\(parts[0])?\(smuggled)\(parts[1])"
        let answer = try await RawSocket.with(try server.port) { socket in
            try await socket.send("GET \(forged) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return try await socket.readToEnd()
        }
        #expect(!answer.contains("in other"), "\(answer)")
        #expect(answer.hasPrefix("HTTP/1.1 4"), "\(answer)")
    }

    @Test(
        "do not hide that content would run in a browser",
        arguments: ["text/html;\u{301}", "image/png,\u{301}text/html", "text/html\u{600};x"])
    func contentType(_ type: String) async throws {
        let server = try server
        let target = Native.entry(Fresh.store(), "k")
        let head = try server.rawHead("PUT", target, "Content-Type: \(type)", "Content-Length: 1", "Connection: close")
        let written = try await RawSocket.with(try server.port) { socket in
            try await socket.send(head + "x")
            return try await socket.readToEnd()
        }
        guard written.hasPrefix("HTTP/1.1 201") else { return #expect(written.hasPrefix("HTTP/1.1 400"), "\(written)") }
        let reply = try await server.get(target)
        let sent = reply.header("content-type") ?? ""
        // Sent with its type unharmed, it must be an attachment.
        let isHTML = sent.split(separator: ",").contains { $0.prefix { $0 != ";" }.trimmingPrefix(" ") == "text/html" }
        #expect(!isHTML || reply.header("content-disposition") == "attachment", "\(reply)")
    }

    @Test("do not hide a run from the list and from its streams", arguments: ["\u{301}run", "run\u{600}"])
    func run(_ name: String) async throws {
        let server = try server
        let project = Fresh.name("joined")
        let encoded = name.utf8.map { byte in byte < 0x80 ? String(UnicodeScalar(byte)) : "%" + String(byte, radix: 16)
        }.joined()
        let target = "/v1/progress/\(project)/\(encoded)"
        expectStatus(try await server.send(.POST, target, [:], .text(#"{"agent":"a"}"#)), 200)
        let runs = try await server.get("/v1/progress?project=\(project)").json["runs"].items
        #expect(runs.count == 1)
        #expect(sameBytes(runs.first?["run"].string, name))
    }

    @Test("A log whose key names no run leaves the list of runs whole")
    func nameless() async throws {
        let server = try server
        expectStatus(
            try await server.put(Native.entry("progress", "projects%2F%2Fruns%2Fx%2Fprogress.json"), "[{}]"), 201)
        let named = Fresh.name("named")
        expectStatus(try await server.send(.POST, "/v1/progress/\(named)/r", [:], .text("{}")), 200)
        expectStatus(
            try await server.put(Native.entry("progress", "projects%2Fp%2Fruns%2F%2Fprogress.json"), "[{}]"), 201)
        let runs = try await server.get("/v1/progress").json["runs"].items
        #expect(runs.contains { $0["project"].string == named })
    }
}
