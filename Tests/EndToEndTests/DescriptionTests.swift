import Foundation
import Testing

/// What a live server answers is what `docs/openapi.yaml` says: checked by clients that others wrote, which
/// `Scripts/test` installs.
@Suite("The server keeps to its OpenAPI document", .ownServers)
struct DescriptionTests {
    private static let environment = Larder.packageRoot + "/.build/python/bin"
    private static let isInstalled = access(environment + "/schemathesis", X_OK) == 0

    /// A server without work of its own: its jobs would stand in the way of those that are asked for.
    private static let quiet = ["--cleanup-every", "off", "--scrub-every", "off"]

    /// Runs a program to its end; nil as its ending: it took longer than `limit` and was ended.
    private static func run(_ arguments: [String], limit: Duration) async throws -> (
        ending: Ending?, child: ChildProcess
    ) {
        let child = try await ChildProcess.start(
            arguments, environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/tmp"])
        let ending = try? await within(limit, "the program that checks the document") { await child.ending.wait() }
        if ending == nil { await child.destroy() }
        return (ending ?? nil, child)
    }

    @Test(
        "A session that calls every operation meets only documented answers, streams included",
        .enabled(if: isInstalled, "Scripts/test makes .build/python"))
    func session() async throws {
        let program = Larder.packageRoot + "/Tests/EndToEndTests/Clients/api_session.py"
        try await LarderProcess.with(Self.quiet) { server in
            let (ending, child) = try await Self.run(
                [
                    Self.environment + "/python3", program, try server.url, try server.token,
                    Larder.packageRoot + "/docs/openapi.yaml", "file://" + server.folder.appending("repository"),
                ],
                limit: .seconds(180))
            #expect(ending == .exit(0), "\(child.output.text)\(child.errors.text.suffix(3_000))")
            #expect(child.output.lines.filter { $0.hasPrefix("ok: ") }.count == 12, "\(child.output.lines)")
        }
    }

    /// About 2,500 requests that schemathesis makes from the document, the same on every run. Streams are not asked
    /// for: that takes an `Accept`, which OpenAPI leaves to the client.
    @Test(
        "Schemathesis finds no 5xx, no undocumented status, type, field or body, and no operation that forgets its token",
        .enabled(if: isInstalled, "Scripts/test makes .build/python"))
    func schemathesis() async throws {
        let checks = [
            "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
            "response_schema_conformance", "missing_required_header", "unsupported_method", "allow_header_conformance",
            "ignored_auth",
        ]
        try await LarderProcess.with(Self.quiet) { server in
            let (ending, child) = try await Self.run(
                [
                    Self.environment + "/schemathesis", "run", try server.url + "/openapi.json", "--header",
                    "Authorization: Bearer \(try server.token)", "--checks", checks.joined(separator: ","), "--phases",
                    "examples,coverage,fuzzing",
                    "--max-examples", "12", "--seed", "20260510", "--generation-deterministic",
                    "--generation-with-security-parameters", "false", "--no-shrink", "--exclude-operation-id",
                    "rollAdminToken", "--workers", "1",
                    "--request-timeout", "20", "--continue-on-failure", "--suppress-health-check", "all", "--warnings",
                    "off", "--no-color",
                ], limit: .seconds(300))
            #expect(ending == .exit(0), "\(child.output.text.suffix(6_000))\(child.errors.text.suffix(2_000))")
            #expect(child.output.text.contains("No issues found"), "\(child.output.text.suffix(2_000))")
            let log = server.log
            let end = try await server.stop()
            #expect(end == .exit(0), "the server ended with \(end); its log: \(log.suffix(4_000))")
        }
    }
}
