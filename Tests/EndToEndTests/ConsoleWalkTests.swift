import Foundation
import Testing

/// The console as people use it, in a browser: `Clients/console_walk.py`. `Scripts/test` makes the environment for it.
@Suite("The console in a browser", .ownServers, .sqliteOnly("the console sees no engine"))
struct ConsoleWalkTests {
    private static let python = Larder.packageRoot + "/.build/python/bin/python3"
    private static let program = Larder.packageRoot + "/Tests/EndToEndTests/Clients/console_walk.py"
    private static var chromium: String? {
        ["/usr/bin/chromium", "/usr/bin/chromium-browser"].first { access($0, X_OK) == 0 }
    }

    @Test(
        "Every view is walked: browse, preview, seek, upload, conflict, live runs, cleanup, ratings, rights, keyboard, accessibility",
        .enabled(
            if: access(python, X_OK) == 0 && chromium != nil && Replay.isThere,
            "Scripts/test installs Chromium and makes .build/python; ../shared/trace must be beside the package"))
    func walk() async throws {
        let child = try await ChildProcess.start(
            [Self.python, Self.program, try Larder.binary()],
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/tmp"])
        let ending = try? await within(.seconds(480), "the walk through the console") { await child.ending.wait() }
        if ending == nil { await child.destroy() }
        #expect(ending == .exit(0), "\(child.output.text.suffix(1_500))\n\(child.errors.text.suffix(3_000))")
        #expect(child.output.lines.last == "ok: all", "\(child.output.lines.suffix(5))")
    }
}
