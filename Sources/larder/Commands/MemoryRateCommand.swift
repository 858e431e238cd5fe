import ArgumentParser
import LarderClient

/// `larder memory rate`
struct MemoryRateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rate", abstract: "Say whether a run was good or bad.",
        discussion: "Rated again, a run has the later rating.")

    @Argument(help: "The project.") var project: String
    @Argument(help: "The run.") var run: String
    @Argument(help: "good or bad.") var rating: String
    @Option(help: "Why; at most what fits an evaluation of 1 KB.") var comment: String?
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard MemoryRating(rawValue: rating) != nil else { throw ValidationError("A rating is good or bad.") }
    }

    func run() async throws {
        guard let rating = MemoryRating(rawValue: rating) else {
            throw CommandFailure.usage("A rating is good or bad.")
        }
        let receipt = try await server.withClient { try await $0.memory(project).rate(run, rating, comment: comment) }
        if output.json { return try Console.json(receipt) }
        let note = receipt.counted ? "" : "; it waits until the run is recorded"
        Console.output("rated \(run) \(rating.rawValue)\(note)")
    }
}
