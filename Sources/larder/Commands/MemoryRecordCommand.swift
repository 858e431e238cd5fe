import ArgumentParser
import LarderClient

/// `larder memory record`
struct MemoryRecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "Record a run, so that its rating teaches something.",
        discussion: "Recorded again, a run is changed and keeps its rating.")

    @Argument(help: "The project.") var project: String
    @Argument(help: "The run.") var run: String
    @Option(help: "What the film is about.") var theme: String
    @Option(help: "Its mood.") var mood: String
    @Option(help: "The style of its music.") var style: String
    @Option(help: "Its length in seconds.") var duration: Double?
    @Option(help: "When it was made, in ISO 8601. (default: now)") var timestamp: String?
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let recorded = MemoryRun(
            runId: run, theme: theme, mood: mood, musicStyle: style, duration: duration, timestamp: timestamp)
        try await server.withClient { try await $0.memory(project).record(recorded) }
        if output.json { return try Console.json(recorded) }
        Console.output(
            "recorded \(run): \(mood) with \(style)")
    }
}
