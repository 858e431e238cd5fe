import Testing

@Suite(
    "The recorded ratings play without a failure", .ownServers,
    .enabled(if: Replay.isThere, "../shared/trace/replay.py is not beside the package"))
struct MemoryReplayTests {
    @Test("Once, eight at once, and again after a restart")
    func ratings() async throws {
        try await LarderProcess.with { server in
            try await Replay.play("ratings.jsonl", on: server)
            try await Replay.play("ratings.jsonl", ["--runs", "8", "--parallel", "8"], on: server)
            try await server.restart()
            try await Replay.play("ratings.jsonl", on: server)
        }
    }
}
