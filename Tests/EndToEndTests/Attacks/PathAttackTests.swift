import NIOHTTP1
import Testing

/// A token of one store tries to reach another by way of the path: whatever the path says, the store that it names in
/// the end is judged.
@Suite("Attacks: paths across stores", .server)
struct PathAttackTests {
    private static let secret = "the other store's secret"

    /// `{mine}` and `{other}` stand for the stores.
    static let targets = [
        "/default/site:{other}/secret", "/default/{other}/secret", "/default/site%3A{other}/secret",
        "/%64efault/site:{other}/secret",
        "/region:us-east-2/default/site:{other}/secret", "/region%3Aus/default/site:{other}/secret",
        "/api/v1/blobs/default/site:{other}/secret",
        "/api/v1/sites/default/blobs/secret?context={other}", "/api/v1/sites/default/blobs/secret?context=site:{other}",
        "/.netlify/blobs/{other}/secret", "/v1/stores/{other}/entries/secret",
        "/v1/stores/{other}/entries/secret?site=default",
        "/default/site:{mine}/../site:{other}/secret", "/default/site:{mine}/%2e%2e/site:{other}/secret",
        "/default/site:{mine}/..%2fsite:{other}/secret",
        "/default/site:{mine}/%2e%2e%2fsite:{other}%2fsecret", "/default/site:{mine}%2f..%2fsite:{other}/secret",
        "/default/site:{mine}/%252e%252e/site:{other}/secret", "/default/site:{mine}/..\\site:{other}\\secret",
        "/default/site:{mine}/..;/site:{other}/secret",
        "/default/site:{mine}/./../site:{other}/secret", "/default//site:{other}/secret",
        "//default/site:{other}/secret",
        "/./default/site:{other}/secret",
        "/default/../default/site:{other}/secret",
        "/region:us/default/site:{mine}/../../../default/site:{other}/secret",
        "/region:../default/site:{other}/secret", "/region:us%2fdefault/site:{other}/secret",
        "/default/site:{mine}?/../site:{other}/secret",
        "/v1/stores/{mine}/entries/../../{other}/entries/secret",
        "/v1/stores/{mine}/entries/..%2f..%2f{other}%2fentries%2fsecret",
        "/v1/stores/{mine}%2f..%2f{other}/entries/secret", "/v1/stores/{mine}/../{other}/entries/secret",
        "/v1//stores/{other}/entries/secret",
        "/v1/./stores/{other}/entries/secret", "/v1/stores/{mine}/entries/%2e%2e/%2e%2e/{other}/entries/secret",
        "/v1/stores/{other}%00/entries/secret", "/v1/stores/{mine}%00{other}/entries/secret",
        "/.netlify/blobs/{mine}/../{other}/secret",
        "http://127.0.0.1/default/site:{other}/secret", "http://evil.example/v1/stores/{other}/entries/secret",
        "HTTP://127.0.0.1/default/site:{mine}/../site:{other}/secret",
        "/default/site:{mine}/../../../../../../etc/passwd",
        "/default/site:{mine}/..%2f..%2f..%2f..%2fadmin.token", "/v1/stores/..%2f..%2fadmin.token/entries/x",
        "/v1/stores/../admin/tokens",
    ]

    @Test("No path reaches what the token may not touch", arguments: targets)
    func traversal(_ template: String) async throws {
        let server = try server
        let mine = Fresh.store("mine"), other = Fresh.store("other")
        try requireStatus(try await server.put(Native.entry(other, "secret"), Self.secret), 201)
        let etag = try await server.get(Native.entry(other, "secret")).etag
        let token = try #require(
            try await server.makeToken(#"{"scopes":["read","write"],"stores":["\#(mine)"]}"#)["token"].string)
        let target = template.replacing("{mine}", with: mine).replacing("{other}", with: other)
        let admin = try server.token
        for method in ["GET", "PUT", "PATCH", "DELETE", "POST", "HEAD"] {
            let body = ["PUT", "PATCH", "POST"].contains(method) ? "{\"pwned\":true}" : ""
            let answer = try await RawSocket.with(try server.port) { socket in
                try await socket.send(
                    "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/merge-patch+json\r\n"
                        + "Accept: */*\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n" + body)
                return try await socket.readToEnd()
            }
            #expect(!answer.contains(Self.secret), "\(method) \(target): \(answer)")
            #expect(!answer.contains("root:") && !answer.contains(admin), "\(method) \(target): \(answer)")
            #expect(!answer.contains("HTTP/1.1 5"), "\(method) \(target): \(answer)")
            // Refused, or about a key of its own store that happens to look like a path.
            #expect(!answer.isEmpty, "\(method) \(target)")
        }
        let kept = try await server.get(Native.entry(other, "secret"))
        #expect(kept.text == Self.secret)
        #expect(kept.etag == etag)
        #expect(try await server.get(Native.entries(other)).json["entries"].items.count == 1)
    }

    @Test(
        "Nor do lists, stores, signatures, progress, memory or administration",
        arguments: [
            "/v1/stores/{other}", "/v1/stores/{other}/entries", "/v1/stores/{other}/entries?prefix=",
            "/default/site:{other}", "/default/{other}",
            "/api/v1/blobs/default/site:{other}", "/v1/progress/p/r", "/v1/progress", "/v1/memory/p",
            "/v1/admin/tokens", "/v1/admin/jobs",
        ])
    func others(_ template: String) async throws {
        let server = try server
        let mine = Fresh.store("mine"), other = Fresh.store("other")
        try requireStatus(try await server.put(Native.entry(other, "secret"), Self.secret), 201)
        let token = try #require(
            try await server.makeToken(#"{"scopes":["read","write"],"stores":["\#(mine)"]}"#)["token"].string)
        let target = template.replacing("{other}", with: other)
        try expectError(try await server.get(target, as: .bearer(token)), 403)
        expectStatus(try await server.delete(target, as: .bearer(token)), 403, 405)
        let sign = #"{"store":"\#(other)","key":"secret"}"#
        try expectError(
            try await server.send(
                .POST, "/v1/sign", ["content-type": "application/json"], .text(sign), as: .bearer(token)), 403)
        #expect(try await server.get("/v1/stores", as: .bearer(token)).text.contains(other) == false)
        #expect(try await server.get("/default?prefix=site:", as: .bearer(token)).text.contains(other) == false)
    }

    @Test(
        "A token of one site reaches no other",
        arguments: [
            "/b{n}/site:s/k", "/v1/stores/s/entries/k?site=b{n}", "/region:x/b{n}/s/k", "/api/v1/blobs/b{n}/s/k",
            "/a{n}/../b{n}/s/k",
            "/a{n}/site:s/../../b{n}/s/k",
            "/v1/stores/s/entries/k?site=a{n}&site=b{n}", "/b%{hex}/s/k",
        ])
    func sites(_ template: String) async throws {
        let server = try server
        let number = Fresh.name("")
        try requireStatus(try await server.put("/b\(number)/site:s/k", Self.secret), 200)
        let token = try #require(
            try await server.makeToken(#"{"scopes":["read","write"],"site":"a\#(number)"}"#)["token"].string)
        let hex = String(number.utf8.first ?? 0x30, radix: 16) + String(number.dropFirst())
        let target = template.replacing("{n}", with: number).replacing("{hex}", with: hex)
        for method in [HTTPMethod.GET, .PUT, .DELETE] {
            let reply = try await server.send(
                method, target, [:], method == .PUT ? .text("pwned") : .none, as: .bearer(token))
            #expect(!reply.text.contains(Self.secret), "\(method) \(target): \(reply)")
            #expect(reply.status < 500)
        }
        #expect(try await server.get("/b\(number)/site:s/k").text == Self.secret)
    }
}
