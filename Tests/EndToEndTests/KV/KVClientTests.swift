import Foundation
import Testing

/// Cloudflare's own client, `Clients/kv_client.py`. `Scripts/test` makes the environment with it.
@Suite("Cloudflare's client works unmodified")
struct KVClientTests {
    private static let python = Larder.packageRoot + "/.build/cloudflare/bin/python3"
    private static let program = Larder.packageRoot + "/Tests/EndToEndTests/Clients/kv_client.py"

    @Test(
        "All KV methods of the package cloudflare, synchronous and asynchronous",
        .enabled(if: access(python, X_OK) == 0, "Scripts/test makes .build/cloudflare"))
    func methods() async throws {
        let child = try await Tool.withEngines { environment in
            let child = try await ChildProcess.start(
                [Self.python, Self.program, try Larder.binary()], environment: environment)
            let ending = try? await within(.seconds(180), "Cloudflare's client") { await child.ending.wait() }
            if ending == nil { await child.destroy() }
            return child
        }
        let ending = child.ending.current
        #expect(ending == .exit(0), "\(child.errors.text.suffix(3_000))")
        #expect(child.output.lines.filter { $0.hasPrefix("ok: ") }.count == 3, "\(child.output.lines)")
    }
}
