import Foundation
import Testing

/// The limits of header fields are the same over HTTP/2, and end the request that breaks them, not its neighbours.
@Suite(
    "Strangers: header limits over HTTP/2", .ownServers,
    .enabled(if: Tool.isThere("/usr/bin/curl", "/usr/bin/openssl"), "Scripts/test installs curl and openssl"))
struct HTTP2LimitTests {
    /// `-H` lines of curl, one a line of its configuration file.
    static let heads: [String: String] = [
        "300 fields": (0..<300).map { "header = \"x-\($0): v\"\n" }.joined(),
        "a field of 20 KB": "header = \"x-long: \(String(repeating: "v", count: 20_000))\"\n",
        // curl itself sends no list over 64 KB.
        "a list of 40 KB": (0..<40).map { "header = \"x-\($0): \(String(repeating: "v", count: 1_000))\"\n" }.joined(),
    ]

    @Test(
        "Too many, too long or too much is 431 of that request; the connection goes on",
        arguments: ["300 fields", "a field of 20 KB", "a list of 40 KB"])
    func refused(_ name: String) async throws {
        try await TemporaryFolder.with { folder in
            let files = try await TLSFiles.make(folder, name: "first")
            let flags = ["--tls-cert", files.certificate, "--tls-key", files.key, "--max-header-list", "30KB"]
            try await LarderProcess.with(flags) { server in
                let common = """
                    silent
                    http2
                    max-time = 20
                    cacert = "\(files.certificate)"
                    header = "Authorization: Bearer \(try server.token)"
                    output = "/dev/null"
                    write-out = "%{http_code} %{http_version} %{num_connects}\\n"
                    url = "https://127.0.0.1:\(try server.port)/v1/stores"

                    """
                let config = folder.appending("curl.conf")
                // Good, bad, good: all on one connection.
                let text = common + "next\n" + common + (try #require(Self.heads[name])) + "next\n" + common
                try Disk.write(Array(text.utf8), to: config)
                let outcome = try await Tool.run(["/usr/bin/curl", "--config", config])
                #expect(outcome.output.split(separator: "\n") == ["200 2 1", "431 2 0", "200 2 0"], "\(outcome)")
            }
        }
    }
}
