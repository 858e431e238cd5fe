import Foundation
import Testing

/// Event-stream clients that others wrote, `Clients/sse_clients.py`. `Scripts/test` makes the environment with them.
@Suite("Event streams are understood by other people's clients")
struct ProgressClientTests {
    private static let python = Larder.packageRoot + "/.build/python/bin/python3"
    private static let program = Larder.packageRoot + "/Tests/EndToEndTests/Clients/sse_clients.py"
    private static var chromium: String? {
        ["/usr/bin/chromium", "/usr/bin/chromium-browser"].first { access($0, X_OK) == 0 }
    }

    @Test(
        "httpx-sse, sseclient-py, aiohttp-sse-client and Chromium decode the same events through a restart, and stop",
        .enabled(
            if: access(python, X_OK) == 0 && chromium != nil, "Scripts/test installs Chromium and makes .build/python"))
    func clients() async throws {
        let child = try await Tool.withEngines { environment in
            let child = try await ChildProcess.start(
                [Self.python, Self.program, try Larder.binary()], environment: environment)
            let ending = try? await within(.seconds(180), "the event-stream clients") { await child.ending.wait() }
            if ending == nil { await child.destroy() }
            return child
        }
        let ending = child.ending.current
        #expect(ending == .exit(0), "\(child.errors.text.suffix(3_000))")
        #expect(child.output.lines.filter { $0.hasPrefix("ok: ") }.count == 4, "\(child.output.lines)")
    }
}
