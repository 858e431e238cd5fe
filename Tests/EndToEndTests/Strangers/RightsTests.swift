import Foundation
import NIOHTTP1
import Testing

/// The right first, the resource after.
@Suite("Strangers: who has shown no right", .ownServers)
struct NoRightTests {
    /// Whatever takes a body.
    static let targets = [
        "POST /console/session", "POST /.netlify/functions/progress", "POST /v1/progress/p/r",
        "PUT /v1/stores/s/entries/k", "PUT /default/site:s/k", "PATCH /v1/stores/s/entries/k",
        "PUT /v1/stores/progress/entries/projects/p/runs/r/progress.json", "POST /v1/memory/p/runs",
        "POST /v1/memory/p/ratings", "PATCH /v1/memory/p/preferences", "POST /v1/sign", "POST /v1/admin/tokens",
        "POST /v1/admin/cleanup", "POST /v1/admin/signing-key/rotate",
    ]

    /// A head without a credential, whose body is announced and does not come.
    private static func head(_ line: String, _ framing: String) -> String {
        "\(line) HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\(framing)\r\n\r\n"
    }

    @Test(
        "Is refused by the head alone: no body is waited for",
        arguments: ["Transfer-Encoding: chunked", "Content-Length: 900000"])
    func refused(_ framing: String) async throws {
        try await LarderProcess.with { server in
            let port = try server.port
            for line in Self.targets {
                let answer = try await RawSocket.with(port, within: .seconds(8)) { socket in
                    try await socket.send(Self.head(line, framing))
                    return RawReply(bytes(try await socket.readHead()))
                }
                #expect((400..<500).contains(answer.status), "\(line): \(answer)")
                #expect(answer.informational.isEmpty, "\(line): \(answer)")
            }
            #expect(try await eventually { try await server.metric("larder_uploads_open") == 0 })
        }
    }

    @Test(
        "Takes no place among the uploads", arguments: ["POST /console/session", "POST /.netlify/functions/progress"])
    func places(_ line: String) async throws {
        try await LarderProcess.with(["--max-uploads", "2"]) { server in
            let port = try server.port
            let held = try await concurrently(4, width: 4) { _ in
                try await HeldSocket.open(port, Self.head(line, "Transfer-Encoding: chunked"))
            }
            // What those have sent is read by now, or has no effect any more.
            let isReached = try await eventually(within: .seconds(2)) {
                try await server.metric("larder_uploads_open") >= 2
            }
            #expect(!isReached, "strangers hold the places for uploads")
            expectStatus(try await server.put(Native.entry("things", "big"), Bytes.noise(200_000)), 201)
            for connection in held { try await connection.close() }
        }
    }

    @Test("Learns nothing of how its body was, and costs no parse")
    func function() async throws {
        try await LarderProcess.with { server in
            let target = "/.netlify/functions/progress"
            let long = "[" + String(repeating: "[],", count: 500_000) + "[]]"
            for body in ["{", "{}", "[]", #"{"projectId":"p"}"#, #"{"projectId":"p","agent":"a"}"#, long] {
                try expectError(try await server.send(.POST, target, [:], .text(body), as: .nobody), 401)
            }
            // Who has one is told.
            expectStatus(try await server.send(.POST, target, [:], .text("{}")), 400)
            try expectError(try await server.send(.POST, target, [:], .text("{")), 422)
        }
    }
}

/// A right that ends, ends: streams.
@Suite("Strangers: streams whose right has ended", .ownServers)
struct EndedStreamTests {
    static let kinds = ["run", "runs", "function", "memory"]

    private func target(_ kind: String) -> (path: String, fields: String) {
        switch kind {
        case "runs": ("/v1/progress", "runs=p/r")
        case "function": ("/.netlify/functions/progress", "projectId=p&runId=r")
        case "memory": ("/v1/memory/p", "")
        default: ("/v1/progress/p/r", "")
        }
    }

    @Test("A signed stream ends at its exp, also for who brought a token besides", arguments: kinds, [false, true])
    func expired(_ kind: String, _ hasToken: Bool) async throws {
        try await LarderProcess.with { server in
            let run = ProgressRun(on: server, project: "p", run: "r")
            try await run.appendNumbers(1...1)
            let (path, fields) = target(kind)
            let link = path + "?" + (try await server.signedQuery(path, fields, seconds: 10))
            try await server.follow(link, as: hasToken ? .admin : .nobody, within: .seconds(40)) { stream in
                expectStatus(stream.head, 200)
                // Ends by itself, in a way that a browser does not give up for.
                let frames = try await stream.rest()
                #expect(frames.contains { $0.event == "connected" })
            }
            expectStatus(try await server.get(link, ["accept": "text/event-stream"], as: .nobody), 403)
        }
    }

    @Test("A signed stream ends when its key is rotated out", arguments: kinds)
    func rotated(_ kind: String) async throws {
        try await LarderProcess.with { server in
            let run = ProgressRun(on: server, project: "p", run: "r")
            try await run.appendNumbers(1...1)
            let (path, fields) = target(kind)
            let link = path + "?" + (try await server.signedQuery(path, fields))
            try await server.follow(link, as: .nobody, within: .seconds(20)) { stream in
                #expect(try await stream.nextEvent()?.event == "connected")
                try requireStatus(
                    try await server.send(.POST, "/v1/admin/signing-key/rotate", [:], .text(#"{"keepOld":"0s"}"#)), 200)
                _ = try await stream.rest()
            }
        }
    }

    @Test("A link of a key that is kept goes on")
    func kept() async throws {
        try await LarderProcess.with { server in
            let run = ProgressRun(on: server, project: "p", run: "r")
            try await run.appendNumbers(1...1)
            let link = run.target + "?" + (try await server.signedQuery(run.target))
            try await server.follow(link, as: .nobody) { stream in
                #expect(try await stream.nextEvent()?.event == "connected")
                #expect(try await stream.nextEvent()?.id == "1")
                try requireStatus(
                    try await server.send(.POST, "/v1/admin/signing-key/rotate", [:], .text(#"{"keepOld":"1d"}"#)), 200)
                try await run.appendNumbers(2...2)
                #expect(try await stream.nextEvent()?.id == "2")
            }
        }
    }
}

/// A right that ends, ends: uploads.
@Suite("Strangers: uploads whose right has ended", .ownServers)
struct EndedUploadTests {
    struct Row: Sendable, CustomTestStringConvertible {
        /// How the right ends.
        let end: String
        /// What is under way.
        let way: String
        var testDescription: String { "\(way), \(end)" }
    }

    static let rows = ["revoked", "expired", "rolled", "link expired", "key rotated"].flatMap { end in
        ["in a file", "short", "patch", "append", "array"].map { Row(end: end, way: $0) }
    }.filter { !($0.end.contains("link") || $0.end.contains("key")) || ["in a file", "short"].contains($0.way) }

    /// Method, target, and a body whose last byte comes after the end.
    private func upload(_ way: String) -> (method: String, target: String, body: [UInt8]) {
        switch way {
        case "short": ("PUT", Netlify.edge("things", "k"), bytes("0123456789"))
        case "patch": ("PATCH", Native.entry("things", "k"), bytes(#"{"new":true}"#))
        case "append": ("POST", "/v1/progress/p/r", bytes(#"{"new":true}"#))
        case "array":
            ("PUT", Netlify.edge("progress", "projects/p/runs/r/progress.json"), bytes(#"[{"new":true}]"#))
        default: ("PUT", Netlify.edge("things", "k"), Bytes.noise(300_000))
        }
    }

    @Test("Nothing that comes to its end after that is stored", arguments: rows)
    func ended(_ row: Row) async throws {
        try await LarderProcess.with { server in
            let (method, path, body) = upload(row.way)
            var target = path
            var credential = ""
            var id = ""
            switch row.end {
            case "rolled": credential = "Authorization: Bearer \(try server.token)\r\n"
            case "link expired": target += "?" + (try await server.signedQuery(path, "method=PUT", seconds: 1.5))
            case "key rotated": target += "?" + (try await server.signedQuery(path, "method=PUT"))
            default:
                let lifetime = row.end == "expired" ? #","expiresIn":"1s""# : ""
                let token = try await server.makeToken(#"{"scopes":["read","write"]\#(lifetime)}"#)
                id = try #require(token["id"].string)
                credential = "Authorization: Bearer \(try #require(token["token"].string))\r\n"
            }
            let head =
                "\(method) \(target) HTTP/1.1\r\nHost: x\r\n\(credential)Content-Type: application/json\r\n"
                + "Content-Length: \(body.count)\r\n\r\n"
            let before = try await server.metric("larder_connections_total")
            // Later than either lifetime.
            let deadline = Date().addingTimeInterval(1.7)
            let end = row.end
            let answer = try await RawSocket.with(try server.port) { [id] socket in
                try await socket.send(bytes(head) + body.dropLast())
                // Let in while it had the right: the connection is there, and one that came later was answered.
                _ = try await eventually { try await server.metric("larder_connections_total") > before + 1 }
                try await Self.end(end, server, token: id, deadline)
                try await socket.send(Array(body.suffix(1)))
                return RawReply(bytes(try await socket.readHead()))
            }
            #expect([401, 403].contains(answer.status), "\(answer)")
            expectStatus(try await server.get(path, ["accept": "application/json"]), 404)
            #expect(try await eventually { try server.incoming().isEmpty })
        }
    }

    private static func end(_ how: String, _ server: LarderProcess, token: String, _ deadline: Date) async throws {
        switch how {
        case "revoked": expectStatus(try await server.delete("/v1/admin/tokens/\(token)"), 204)
        case "rolled": expectStatus(try await server.send(.POST, "/v1/admin/tokens/admin/roll"), 200)
        case "key rotated":
            expectStatus(
                try await server.send(.POST, "/v1/admin/signing-key/rotate", [:], .text(#"{"keepOld":"0s"}"#)), 200)
        // Its time runs out by the server's own clock.
        default: #expect(try await eventually { Date() > deadline })
        }
    }

    @Test("One whose right has not ended is stored")
    func whole() async throws {
        try await LarderProcess.with { server in
            let token = try #require(
                try await server.makeToken(#"{"scopes":["write"],"expiresIn":"1h"}"#)["token"].string)
            for size in [10, 300_000] {
                let content = Bytes.noise(size)
                let target = Netlify.edge("things", "k\(size)")
                let head =
                    "PUT \(target) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n"
                    + "Content-Length: \(size)\r\n\r\n"
                let answer = try await RawSocket.with(try server.port) { socket in
                    try await socket.send(bytes(head) + content.dropLast())
                    expectStatus(try await server.get("/healthz"), 200)
                    try await socket.send(Array(content.suffix(1)))
                    return RawReply(bytes(try await socket.readHead()))
                }
                #expect(answer.status == 200, "\(answer)")
                #expect(try await server.get(target).fingerprint == Fingerprint(content))
            }
        }
    }
}
