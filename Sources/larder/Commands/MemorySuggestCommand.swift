import ArgumentParser
import LarderClient
import LarderModel

/// `larder memory suggest`
struct MemorySuggestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suggest", abstract: "Suggest combinations to try next, and say why.",
        discussion: """
            Some are surest, some explore; the bar shows the success that can be counted on (Wilson's 95 % lower \
            bound). The same --seed gives the same suggestions while the memory stays the same.
            """)

    @Argument(help: "The project.") var project: String
    @Option(help: "How many, 1 to 50.") var count = 3
    @Option(help: "A whole number. (default: another one each time)") var seed: UInt64?
    @Option(
        name: .customLong("half-life"),
        help: "A rating this old weighs half as much as a new one: 30d. (default: all weigh the same)")
    var halfLife: String?
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if !(1...50).contains(count) { throw ValidationError("--count is 1 to 50.") }
        if let halfLife, Duration(parsing: halfLife) == nil {
            throw ValidationError("--half-life is a duration such as 30d.")
        }
    }

    func run() async throws {
        let answer = try await server.withClient {
            try await $0.memory(project).suggestions(
                count: count, seed: seed, halfLife: halfLife.flatMap { Duration(parsing: $0) })
        }
        if output.json { return try Console.json(answer) }
        guard !answer.suggestions.isEmpty else {
            return Console.output("Nothing to suggest yet: record runs and rate them.")
        }
        for (i, one) in answer.suggestions.enumerated() {
            let name = "\(Terminal.output.safe(one.mood)) with \(Terminal.output.safe(one.musicStyle))"
            Console.output(
                """
                \(i + 1). \(Terminal.output.styled(name, .cyan))  \(Bar.picture(one.lowerBound, columns: 12)) \
                \(Int((one.lowerBound * 100).rounded(.down))) %
                """
            )
            Console.output("   \(one.reason)")
        }
        Console.output(Terminal.output.styled("seed \(answer.seed)", .dim))
    }
}
