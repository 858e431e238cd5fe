import NIOHTTP1
import Testing

/// Small bodies that would become large ones.
@Suite("Attacks: gzip bombs", .ownServers)
struct BombTests {
    /// 3 GB of zeros in 3 MB: members of 10 MB, one behind the other.
    private static func bomb() throws -> [UInt8] {
        let member = try Bytes.gzip([UInt8](repeating: 0, count: 10_000_000))
        return Array(repeatElement(member, count: 300).joined())
    }

    @Test("Are refused in constant memory, and leave nothing behind", arguments: ["200", "1100"])
    func bombs(_ ratio: String) async throws {
        try await LarderProcess.with(["--max-inflate-ratio", ratio, "--log-level", "error"]) { server in
            let bomb = try Self.bomb()
            // One round first, so that what the server allocates once is not counted.
            try requireStatus(
                try await server.put(
                    Native.entry("runs", "warm"), try Bytes.gzip(Bytes.prose(2_000_000)), ["content-encoding": "gzip"]),
                201)
            let before = try server.memory("VmHWM")
            // `runs` takes 10 MB, `progress` arrays what a log may keep; where the ratio is no bound, the size is.
            let run = ProgressRun(on: server)
            let targets = [
                Netlify.edge("runs", "bomb"), Native.entry("runs", "bomb"), Native.entry("media", "bomb"), run.array(),
                Native.entry("evals", "bomb"),
            ]
            _ = try await concurrently(10, width: 5) { index in
                try expectError(
                    try await server.put(targets[index % targets.count], bomb, ["content-encoding": "gzip"]), 413,
                    code: "entry_too_large")
            }
            #expect(try await server.refusals(ratio == "200" ? "inflate_ratio" : "content") >= 5)
            let grown = try server.memory("VmHWM") - before
            #expect(grown < 96_000_000, "memory grew by \(grown) bytes")
            for target in targets { expectStatus(try await server.get(target), 404) }
            #expect(try await eventually { try server.incoming().isEmpty })
        }
    }

    @Test("A PATCH that is one is refused before it is held")
    func patch() async throws {
        try await LarderProcess.with { server in
            let reply = try await server.send(
                .PATCH, Native.entry("runs", "k"),
                ["content-type": "application/merge-patch+json", "content-encoding": "gzip"],
                .bytes(Array(try Self.bomb().prefix(1_000_000))))
            try expectError(reply, 413)
            expectStatus(try await server.get(Native.entry("runs", "k")), 404)
        }
    }
}
