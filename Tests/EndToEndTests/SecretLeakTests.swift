import Foundation
import NIOHTTP1
import Testing

/// No secret is where it needs not be: hashes on disk, nothing in the log, even when it says all it can.
@Suite("Secrets stay secret", .ownServers)
struct SecretLeakTests {
    /// Files that are there to hold a secret.
    private static let holders: Set<String> = ["admin.token", "signing.key", "signing.key.older"]

    @Test(
        "A busy server leaves no token, cookie or signature in its data directory or its log",
        arguments: ["text", "json"])
    func nothingLeaks(_ format: String) async throws {
        try await LarderProcess.with(["--log-level", "trace", "--log-format", format]) { server in
            var secrets = [try server.token]
            let admin = try #require(try await server.makeToken(#"{"scopes":["admin"],"note":"busy"}"#)["token"].string)
            let worker = try #require(
                try await server.makeToken(#"{"scopes":["read","write"],"site":"blue","requestsPerSecond":1000}"#)[
                    "token"
                ].string)
            let session = try await ConsoleSession.begin(on: server, token: admin)
            secrets += [admin, worker, String(session.cookie.dropFirst("larder_session=".count)), session.csrf]
            // What is wrong may be right elsewhere: it is no more for the log than what is right.
            let wrong = "ldr_" + String(repeating: "5e", count: 32)
            secrets.append(wrong)

            // Answers of all kinds, to all kinds of credentials.
            expectStatus(
                try await server.put(Native.entry("runs", "odd%0Akey%1B%22"), "content", as: .bearer(worker)), 201)
            expectStatus(
                try await session.send(.PUT, Native.entry("media", "m"), [:], .bytes(Bytes.noise(100_000))), 201)
            for credential in [Credential.bearer(wrong), .authorization("Basic \(wrong)"), .bearer(admin), .nobody] {
                _ = try await server.get("/v1/stores", as: credential)
                _ = try await server.get("/v1/admin/tokens", as: credential)
                _ = try await server.delete("/default/site:none", as: credential)
            }
            expectStatus(try await ConsoleSession.post(on: server, token: wrong), 401)
            expectStatus(try await session.bare(.POST, "/v1/admin/collect", ["larder-csrf": wrong]), 403)

            // Links: good ones, forged ones, ones to write, refused and rotated ones.
            var links: [String] = []
            for body in [
                #"{"store":"media","key":"m"}"#, #"{"store":"media","key":"w","method":"PUT","maxSize":"1KB"}"#,
            ] {
                links.append(
                    try Netlify.target(of: try await session.send(.POST, "/v1/sign", [:], .text(body)), at: server))
            }
            links.append(try Netlify.target(of: try await server.send(.PUT, Netlify.api("media", "api")), at: server))
            for link in links {
                let signature = try #require(link.split(separator: "sig=").last)
                secrets += [String(signature), String(signature.reversed())]
                _ = try await server.get(link, as: .nobody)
                _ = try await server.put(link, Bytes.noise(2_000), as: .nobody)
                _ = try await server.get(
                    link.replacing(signature, with: signature.reversed()), ["referer": try server.url + link],
                    as: .nobody)
                // Broken HTTP whose head holds it, too.
                try await RawSocket.with(try server.port) { socket in
                    try await socket.send("GET \(link) HTTP/9.9\r\nAuthorization: Bearer \(admin)\r\n\r\n")
                    _ = try await socket.readHead()
                }
            }
            let run = ProgressRun(on: server)
            try await run.appendNumbers(1...2)
            try await server.follow(run.target, ["cookie": session.cookie], as: .nobody) {
                _ = try await $0.nextEvent()
            }
            _ = try await server.run("collect")
            try requireStatus(try await server.send(.POST, "/v1/admin/signing-key/rotate"), 200)
            for link in links { _ = try await server.get(link, as: .nobody) }
            try requireStatus(try await server.send(.POST, "/v1/admin/tokens/admin/roll"), 200)
            secrets.append(try server.token)
            secrets.append(try await server.signingKey())
            expectStatus(try await server.get("/v1/admin/audit"), 200)

            let log = server.log
            #expect(log.contains("/v1/stores"), "the log says nothing of the requests")
            try await server.stop()
            for secret in secrets {
                #expect(!log.contains(secret), "a secret is in the log: \(secret.prefix(6))…")
                try expectNoFile(of: server, holds: secret)
            }
            // A key's control characters come escaped: every line is a line of the server's own.
            #expect(!log.contains("\u{1b}"))
            for line in log.split(separator: "\n") { #expect(line.hasPrefix(format == "json" ? "{" : "20"), "\(line)") }
        }
    }

    private func expectNoFile(of server: LarderProcess, holds secret: String) throws {
        for path in try Disk.files(below: server.data) where !Self.holders.contains(path) {
            let content = Data(try Disk.read((server.data as NSString).appendingPathComponent(path)))
            #expect(content.range(of: Data(secret.utf8)) == nil, "\(path) holds a secret: \(secret.prefix(6))…")
        }
    }
}
