import Foundation
import NIOHTTP1
import Testing
import Hashing

/// Signatures used for what they were not made for (contract §4.5).
@Suite("Signatures against attacks", .server(environment: AppSecret.environment))
struct SignatureAttackTests {
    /// Signs as an app does that knows the secret.
    private func signed(_ path: String, _ fields: String = "", expiresIn: Double = 3_600) async throws -> String {
        let expiry = Int64((Date().timeIntervalSince1970 + expiresIn) * 1_000)
        let text = fields.isEmpty ? "\(path):\(expiry)" : "\(path)?\(fields):\(expiry)"
        let code = MAC.sha256(Array(text.utf8), key: Array(AppSecret.text.utf8))
        let hex = code.map { String(format: "%02x", $0) }.joined()
        return path + "?" + (fields.isEmpty ? "" : fields + "&") + "exp=\(expiry)&sig=\(hex)"
    }

    private func query(_ target: String) -> Substring {
        target[target.index(after: target.firstIndex(of: "?") ?? target.startIndex)...]
    }

    @Test("A signature for one entry opens no other one, and no other path to it")
    func otherKey() async throws {
        let server = try server
        let store = Fresh.store()
        for key in ["a", "b"] { try requireStatus(try await server.put(Native.entry(store, key), key), 201) }
        let target = try await signed("/.netlify/blobs/\(store)/a")
        #expect(try await server.get(target, as: .nobody).text == "a")
        let fields = query(target)
        for path in [
            "/.netlify/blobs/\(store)/b", "/.netlify/blobs/\(store)/%61", "/.netlify/blobs/\(store)/a/",
            Native.entry(store, "a"), Netlify.edge(store, "a"), "/.netlify/blobs/\(store)/x/../a",
        ] {
            try expectError(try await server.get("\(path)?\(fields)", as: .nobody), 403)
        }
        // Another site is another field, and so another text.
        for more in ["site=other&\(fields)", "\(fields)&site=other"] {
            try expectError(try await server.get("/.netlify/blobs/\(store)/a?\(more)", as: .nobody), 403)
        }
    }

    @Test("A signature to read changes nothing")
    func otherMethod() async throws {
        let server = try server
        let store = Fresh.store()
        for path in ["/.netlify/blobs/\(store)/a", Native.entry(store, "a"), Netlify.edge(store, "a")] {
            try requireStatus(try await server.put(Native.entry(store, "a"), "kept"), 200, 201)
            let target = try await signed(path)
            for method in [HTTPMethod.PUT, .DELETE, .PATCH, .POST] {
                let body: Request.Body = method == .DELETE ? .none : .text("{}")
                try expectError(
                    try await server.send(method, target, ["content-type": "application/json"], body, as: .nobody), 401,
                    403, 405)
            }
            #expect(try await server.get(target, as: .nobody).text == "kept")
        }
    }

    @Test("An expired, forged or half signature opens nothing")
    func forged() async throws {
        let server = try server
        let store = Fresh.store()
        try requireStatus(try await server.put(Native.entry(store, "a"), "x"), 201)
        let path = "/.netlify/blobs/\(store)/a"
        try expectError(try await server.get(try await signed(path, expiresIn: -1), as: .nobody), 403)
        let target = try await signed(path)
        let last = target.last == "0" ? "1" : "0"
        for other in [
            String(target.dropLast()) + last, String(target.dropLast(2)), target.replacing("exp=", with: "exp=9"),
            path + "?sig=",
            path + "?exp=1&sig=00",
            path + "?sig=" + String(repeating: "0", count: 64), target.replacing("&sig=", with: "&SIG="),
        ] {
            try expectError(try await server.get(other, as: .nobody), 403)
        }
    }

    @Test(
        "No admin route, list or metric opens to a signature, even to a true one",
        arguments: [
            (HTTPMethod.GET, "/v1/admin/tokens"), (.GET, "/v1/admin/jobs"), (.GET, "/v1/admin/jobs/1"),
            (.GET, "/v1/admin/audit"), (.GET, "/metrics"),
            (.GET, "/v1/stores"), (.GET, "/v1/stores/runs"), (.GET, "/v1/stores/runs/entries"), (.GET, "/v1/progress"),
            (.GET, "/default/site:runs"),
            (.GET, "/default"), (.GET, "/console/session"), (.GET, "/api/v1/blobs/default/site:runs/a"),
            (.POST, "/v1/admin/tokens"), (.POST, "/v1/admin/tokens/admin/roll"),
            (.POST, "/v1/admin/signing-key/rotate"),
            (.POST, "/v1/admin/cleanup"),
            (.POST, "/v1/admin/collect"), (.POST, "/v1/admin/verify"), (.POST, "/v1/sign"),
            (.DELETE, "/v1/admin/tokens/x"),
            (.DELETE, "/v1/admin/jobs/1"), (.DELETE, "/default/site:runs"), (.DELETE, "/v1/stores/runs/entries"),
            (.POST, "/v1/progress/p/r"),
            (.PUT, "/v1/stores/runs/entries/a"), (.PATCH, "/v1/stores/runs/entries/a"),
            (.DELETE, "/v1/stores/runs/entries/a"),
            (.POST, "/v1/memory/p/ratings"),
        ])
    func adminRoutes(_ method: HTTPMethod, _ path: String) async throws {
        let fields = method == .GET ? "" : "method=\(method.rawValue)"
        let body: Request.Body = method == .GET || method == .DELETE ? .none : .text("{}")
        let refusal = path.hasPrefix("/default") || path.hasPrefix("/api/") ? 403 : 401
        try expectError(
            try await server.send(method, try await signed(path, fields), [:], body, as: .nobody), refusal,
            code: "unauthorized")
    }

    @Test("A link to write takes what it was signed for, however the body comes, and no more")
    func maxSize() async throws {
        let server = try server
        let store = Fresh.store()
        let reply = try await server.send(
            .POST, "/v1/sign", [:], .text(#"{"store":"\#(store)","key":"a b","method":"PUT","maxSize":"2KB"}"#))
        try requireStatus(reply, 200)
        let target = try Netlify.target(of: reply, at: server)
        #expect(target.contains("method=PUT&maxSize=2000&exp="))
        let chunk = Bytes.noise(500)
        for body in [
            Request.Body.bytes(Bytes.noise(2_001)), .chunked(Array(repeating: chunk, count: 5)), .endless(chunk),
        ] {
            try expectError(try await server.send(.PUT, target, [:], body, as: .nobody), 413, code: "entry_too_large")
            expectStatus(try await server.get(Native.entry(store, "a%20b")), 404)
        }
        for body in [Request.Body.bytes(Bytes.noise(2_000)), .chunked(Array(repeating: chunk, count: 4)), .bytes([])] {
            expectStatus(try await server.send(.PUT, target, [:], body, as: .nobody), 200)
        }
        for other in [
            target.replacing("maxSize=2000", with: "maxSize=20000"), target.replacing("&maxSize=2000", with: ""),
        ] {
            try expectError(try await server.send(.PUT, other, [:], .text("x"), as: .nobody), 403)
        }
        try expectError(try await server.get(target, as: .nobody), 403)
        try expectError(try await server.delete(target, as: .nobody), 403)
        #expect(try server.incoming() == [])
    }

    @Test("The Netlify API's links to write may be bounded, too")
    func apiMaxSize() async throws {
        let server = try server
        let store = Fresh.store()
        let target = try Netlify.target(
            of: try await server.send(.PUT, Netlify.api(store, "k") + "?maxSize=10"), at: server)
        try expectError(try await server.send(.PUT, target, [:], .text("01234567890"), as: .nobody), 413)
        expectStatus(try await server.send(.PUT, target, [:], .text("0123456789"), as: .nobody), 200)
        try expectError(try await server.send(.PUT, Netlify.api(store, "k") + "?maxSize=big"), 400)
    }

    @Test("A link to write needs a token that may write, and sizes that are some")
    func refused() async throws {
        let server = try server
        let made = try await server.makeToken(#"{"scopes":["read"]}"#)
        let secret = try #require(made["token"].string)
        let body = #"{"store":"runs","key":"a","method":"PUT"}"#
        try expectError(
            try await server.send(.POST, "/v1/sign", [:], .text(body), as: .bearer(secret)), 403, code: "forbidden")
        for body in [
            #"{"store":"runs","key":"a","method":"DELETE"}"#, #"{"store":"runs","key":"a","maxSize":"1KB"}"#,
            #"{"store":"runs","key":"a","method":"PUT","maxSize":"-1"}"#,
            #"{"store":"runs","key":"a","method":"PUT","maxSize":"1&method=GET"}"#,
        ] {
            try expectError(try await server.send(.POST, "/v1/sign", [:], .text(body)), 400)
        }
    }
}
