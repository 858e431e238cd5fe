import Testing

@Suite(
    "The recorded progress plays without a failure", .server,
    .enabled(if: Replay.isThere, "../shared/trace/replay.py is not beside the package"))
struct ProgressReplayTests {
    @Test(
        "A run's progress ends as it should",
        arguments: ["progress.jsonl", "failed.jsonl", "crash.jsonl", "sample.jsonl"])
    func trace(_ name: String) async throws { try await Replay.play(name, on: try server) }

    @Test("Also eight at once", arguments: ["progress.jsonl", "sample.jsonl"])
    func parallel(_ name: String) async throws {
        try await Replay.play(name, ["--runs", "8", "--parallel", "8"], on: try server)
    }
}
