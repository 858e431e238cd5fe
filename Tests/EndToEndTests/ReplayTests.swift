import Foundation
import Testing

/// The recorded pipeline run, played against the server by the replay program beside the repository.
@Suite(
    "The recorded runs play without a failure", .ownServers,
    .enabled(if: Replay.isThere, "../shared/trace/replay.py is not beside the package"))
struct ReplayTests {
    @Test("The pipeline run, once")
    func run() async throws { try await LarderProcess.with { try await Replay.play("run.jsonl", on: $0) } }

    @Test("Four pipeline runs at once")
    func parallel() async throws {
        try await LarderProcess.with { try await Replay.play("run.jsonl", ["--runs", "4", "--parallel", "4"], on: $0) }
    }

    @Test("The pipeline run, with a restart in between and another site")
    func restart() async throws {
        try await LarderProcess.with { server in
            try await Replay.play("run.jsonl", ["--site", "tenant-a"], on: server)
            try await server.restart()
            try await Replay.play("run.jsonl", ["--site", "tenant-a"], on: server)
        }
    }
}

enum Replay {
    private static let folder = (Larder.packageRoot as NSString).appendingPathComponent("../shared/trace")
    private static var program: String { folder + "/replay.py" }
    private static let python: String? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        // The system's own first: a version manager's shim needs more environment than the child gets.
        return (["/usr/bin"] + folders).map { $0 + "/python3" }.first { access($0, X_OK) == 0 }
    }()

    static var isThere: Bool { python != nil && Disk.isFile(program) }

    /// Fails with the program's own lines.
    static func play(
        _ trace: String, _ options: [String] = [], on server: LarderProcess,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        guard let python else { throw LarderProcess.Failure(description: "no python3") }
        let arguments = [
            python, program, "--url", try server.url, "--token", try server.token, "--trace", "\(folder)/\(trace)",
            "--lane-timeout", "30",
        ]
        let child = try await ChildProcess.start(
            arguments + options, environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"])
        let ending = try? await within(.seconds(120), trace) { await child.ending.wait() }
        if ending == nil { await child.destroy() }
        let lines = child.output.lines
        let failures = lines.filter { $0.hasPrefix("FAIL") }
        let summary = lines.last ?? ""
        try #require(ending == .exit(0) || ending == .exit(1), "\(child.errors.text)", sourceLocation: sourceLocation)
        #expect(failures.isEmpty, "\(failures.prefix(40).joined(separator: "\n"))", sourceLocation: sourceLocation)
        #expect(summary.contains(" 0 failed"), "\(summary)", sourceLocation: sourceLocation)
        #expect(
            summary.wholeMatch(of: /[1-9][0-9]* passed, .*/) != nil, "\(lines.suffix(3))",
            sourceLocation: sourceLocation)
    }
}
