import Foundation
import Testing

/// What only a browser can show, `Clients/browser_attacks.py`. `Scripts/test` makes the environment with it.
@Suite("Attacks: a real browser", .sqliteOnly("several servers at once, which the client starts"))
struct BrowserAttackTests {
    private static let python = Larder.packageRoot + "/.build/python/bin/python3"
    private static let program = Larder.packageRoot + "/Tests/EndToEndTests/Clients/browser_attacks.py"
    private static var chromium: String? {
        ["/usr/bin/chromium", "/usr/bin/chromium-browser"].first { access($0, X_OK) == 0 }
    }

    @Test(
        "Stored scripts do not run, streams do not open for other origins, and HTTP/2 carries streams, in Chromium",
        .enabled(
            if: access(python, X_OK) == 0 && chromium != nil, "Scripts/test installs Chromium and makes .build/python"))
    func attacks() async throws {
        try await TemporaryFolder.with { folder in
            let certificate = try await TLSFiles.make(folder, name: "browser")
            let child = try await ChildProcess.start(
                [Self.python, Self.program, try Larder.binary(), certificate.certificate, certificate.key],
                environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/tmp"])
            let ending = try? await within(.seconds(150), "the browser") { await child.ending.wait() }
            if ending == nil { await child.destroy() }
            #expect(ending == .exit(0), "\(child.output.text) \(child.errors.text.suffix(3_000))")
            #expect(child.output.lines.filter { $0.hasPrefix("ok: ") }.count == 6, "\(child.output.lines)")
        }
    }
}
