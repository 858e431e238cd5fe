import ArgumentParser
import LarderClient

/// `larder memory show`
struct MemoryShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show preferences, success rates and the latest runs.",
        discussion: "--json prints the document as the server keeps it, byte for byte.")

    @Argument(help: "The project.") var project: String
    @Option(help: "Show so many of the latest runs.") var runs = 10
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if runs < 0 { throw ValidationError("--runs is 0 or more.") }
    }

    func run() async throws {
        try await server.withClient { client in
            let memory = client.memory(project)
            let document = try await memory.document()
            guard !document.isEmpty else {
                throw CommandFailure.notFound(
                    "The memory holds nothing of '\(project)'; 'larder memory record' begins it.")
            }
            if output.json { return Console.json(try await memory.json()) }
            Console.output(MemoryView(document, runs: runs).lines)
        }
    }
}

extension MemoryDocument {
    /// Whether nothing is known of the project.
    fileprivate var isEmpty: Bool {
        history.isEmpty && patterns.successfulCombinations.isEmpty && preferences.favoriteMoods.isEmpty
            && preferences.dislikedMusicStyles.isEmpty && preferences.preferredDuration == nil
    }
}
