import Foundation
import Testing

/// `--tls-cert` and `--tls-key`, asked with curl, which speaks both versions of HTTP.
@Suite(
    "TLS", .ownServers,
    .enabled(if: Tool.isThere("/usr/bin/curl", "/usr/bin/openssl"), "Scripts/test installs curl and openssl"))
struct TLSTests {
    private static func curl(_ server: LarderProcess, _ path: String, ca: String, _ arguments: String...) async throws
        -> Larder.Outcome
    {
        try await Tool.run(
            [
                "/usr/bin/curl", "--silent", "--show-error", "--max-time", "20", "--cacert", ca, "-H",
                "Authorization: Bearer \(try server.token)",
            ]
                + arguments
                + ["https://127.0.0.1:\(try server.port)\(path)"])
    }

    private static func with<R>(
        _ options: [String] = [], _ body: (LarderProcess, TLSFiles, TemporaryFolder) async throws -> R
    ) async throws -> R {
        try await TemporaryFolder.with { folder in
            let files = try await TLSFiles.make(folder, name: "first")
            return try await LarderProcess.with(["--tls-cert", files.certificate, "--tls-key", files.key] + options) {
                server in
                try await body(server, files, folder)
            }
        }
    }

    @Test(
        "Small and large content, writes, refusals and streams go over both",
        arguments: [("--http1.1", "1.1"), ("--http2", "2")])
    func versions(_ flag: String, _ version: String) async throws {
        try await Self.with { server, files, folder in
            let ca = files.certificate
            for (key, size) in [("small", 2_000), ("large", 3_000_000)] {
                let content = Bytes.noise(size)
                try Disk.write(content, to: folder.appending("content"))
                let path = Native.entry("things", key)
                let put = try await Self.curl(
                    server, path, ca: ca, flag, "-T", folder.appending("content"), "-o", "/dev/null", "-w",
                    "%{http_code} %{http_version}")
                #expect(put.output == "201 \(version)", "\(put.errors)")
                for _ in 0..<2 {
                    let get = try await Self.curl(
                        server, path, ca: ca, flag, "-o", folder.appending("back"), "-w", "%{http_code} %{http_version}"
                    )
                    #expect(get.output == "200 \(version)", "\(get.errors)")
                    #expect(try Disk.read(folder.appending("back")).fingerprint == Fingerprint(content))
                }
                let part = try await Self.curl(
                    server, path, ca: ca, flag, "-r", "10-19", "-o", folder.appending("part"), "-w", "%{http_code}")
                #expect(part.output == "206")
                #expect(try Disk.read(folder.appending("part")) == Array(content[10..<20]))
            }
            let refused = try await Self.curl(
                server, Native.entry("evals", "k"), ca: ca, flag, "-T", folder.appending("content"), "-o", "/dev/null",
                "-w", "%{http_code}")
            #expect(refused.output == "413")
            let long = try await Self.curl(
                server, "/v1/stores?x=" + String(repeating: "y", count: 9_000), ca: ca, flag, "-o", "/dev/null", "-w",
                "%{http_code}")
            #expect(long.output == "414")
            let posts = [#"{"n":1}"#, #"{"agent":"completed","status":"completed","progress":100}"#]
            for event in posts { _ = try await Self.curl(server, "/v1/progress/p/r", ca: ca, flag, "-d", event) }
            let stream = try await Self.curl(
                server, "/v1/progress/p/r", ca: ca, flag, "-N", "-H", "Accept: text/event-stream")
            #expect(stream.ending == .exit(0), "\(stream.errors)")
            #expect(stream.output.contains("event: connected"))
            for (index, event) in posts.enumerated() {
                #expect(stream.output.contains("id: \(index + 1)\nevent: progress\ndata: \(event)\n"))
            }
            #expect(stream.output.contains("event: complete"))
            #expect(!stream.output.contains("\r"), "chunk framing in the stream: \(stream.output)")
            let signed = try await Self.curl(
                server, "/v1/sign", ca: ca, flag, "-d", #"{"store":"things","key":"small"}"#)
            #expect(signed.output.contains(#""url":"https://127.0.0.1:"#), "\(signed.output)")
        }
    }

    @Test("SIGHUP reads certificate and key again; what can't be used leaves the old ones in force")
    func reload() async throws {
        try await Self.with { server, files, folder in
            func trusts(_ ca: String) async throws -> Bool {
                try await Self.curl(server, "/healthz", ca: ca, "-o", "/dev/null").ending == .exit(0)
            }
            let first = folder.appending("first-copy.pem")
            try Disk.write(try Disk.read(files.certificate), to: first)
            let second = try await TLSFiles.make(folder, name: "second")
            #expect(try await trusts(first))
            #expect(try await !trusts(second.certificate))
            try files.replace(with: second)
            #expect(try await trusts(first), "it changed without a SIGHUP")
            kill(try server.pid, SIGHUP)
            #expect(try await eventually { try await trusts(second.certificate) })
            #expect(try await !trusts(first))
            // A key that belongs to another certificate, and text that is no certificate.
            let third = try await TLSFiles.make(folder, name: "third")
            for (index, (bytes, path)) in [
                (try Disk.read(third.key), files.key), (Array("garbage".utf8), files.certificate),
            ].enumerated() {
                try Disk.write(bytes, to: path)
                kill(try server.pid, SIGHUP)
                #expect(
                    try await eventually {
                        server.log.components(separatedBy: "the old certificate stays in use").count == index + 2
                    },
                    "\(server.log)")
                #expect(try await trusts(second.certificate))
            }
            #expect(try await server.stop() == .exit(0))
        }
    }

    @Test("A handshake that never begins is bounded, and so are a client's connections")
    func handshake() async throws {
        try await Self.with(["--head-timeout", "4s", "--max-client-connections", "2", "--public-metrics"]) {
            server, files, _ in
            let port = try server.port
            #expect(try await RawSocket.with(port) { try await $0.readToEnd() }.isEmpty)
            // Something that is no handshake at all is closed, too.
            let plain = try await RawSocket.with(port) { socket in
                try await socket.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                return try await socket.readToEnd()
            }
            #expect(!plain.contains("HTTP/1.1 2"))
            let metrics = try await Self.curl(server, "/metrics", ca: files.certificate)
            let count = metrics.output.split(separator: "\n").first {
                $0.hasPrefix("larder_limit_refusals_total{limit=\"head_time\"} ")
            }
            #expect(count.map { !$0.hasSuffix(" 0") } ?? false, "\(count ?? "") \(metrics.errors)")
        }
    }

    @Test("SIGTERM ends HTTP/2 connections and their streams in order")
    func shutdown() async throws {
        try await Self.with { server, files, _ in
            let child = try await ChildProcess.start(
                [
                    "/usr/bin/curl", "--silent", "--http2", "-N", "--max-time", "60", "--cacert", files.certificate,
                    "-H",
                    "Authorization: Bearer \(try server.token)", "-H", "Accept: text/event-stream",
                    "https://127.0.0.1:\(try server.port)/v1/progress/p/r",
                ], environment: ["PATH": "/usr/bin:/bin", "HOME": "/tmp"])
            let line = try await within(.seconds(20), "the stream") {
                await child.output.line { $0.contains("event: connected") }
            }
            #expect(line != nil)
            #expect(try await server.stop() == .exit(0))
            let ending = try await within(.seconds(20), "curl") { await child.ending.wait() }
            #expect(ending == .exit(0), "\(child.output.text) \(child.errors.text)")
            #expect(child.output.text.components(separatedBy: "retry:").count == 3, "\(child.output.text)")
        }
    }

    @Test("A certificate and a key that don't go together are refused at the start")
    func mismatch() async throws {
        try await TemporaryFolder.with { folder in
            let one = try await TLSFiles.make(folder, name: "one"),
                other = try await TLSFiles.make(folder, name: "other")
            let outcome = try await Larder.run(
                [
                    "serve", "--data", folder.appending("data"), "--port", "0", "--tls-cert", one.certificate,
                    "--tls-key", other.key,
                ], home: folder.path
            )
            #expect(outcome.ending == .exit(1) || outcome.ending == .exit(2), "\(outcome.ending)")
            #expect(outcome.lines.count == 1 && outcome.errors.contains("one.pem"), "\(outcome.errors)")
        }
    }
}
