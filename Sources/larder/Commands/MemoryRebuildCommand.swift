import ArgumentParser
import LarderClient

/// `larder memory rebuild`
struct MemoryRebuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Make the document again from its runs and evaluations.",
        discussion: "It comes out the same, byte for byte, unless something that it follows from was missing before.")

    @Argument(help: "The project.") var project: String
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let document = try await server.withClient { try await $0.memory(project).rebuild() }
        if output.json { return Console.json(document) }
        Console.output("rebuilt \(project): \(document.count) bytes")
    }
}
