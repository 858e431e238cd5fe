import ArgumentParser
import LarderClient

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
    @Option(help: .duration("A rating this old weighs half as much as a new one. (default: all weigh the same)"))
    var halfLife: Lifetime?
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if !(1...50).contains(count) { throw ValidationError("--count is 1 to 50.") }
    }

    func run() async throws {
        let answer = try await server.withClient {
            try await $0.memory(project).suggestions(count: count, seed: seed, halfLife: halfLife?.duration)
        }
        if output.json { return try Console.json(answer) }
        guard !answer.suggestions.isEmpty else {
            return Console.output("Nothing to suggest yet: record runs and rate them.")
        }
        for (i, one) in answer.suggestions.enumerated() {
            let name = "\(one.mood) with \(one.musicStyle)"
            let success = "\(Int((one.lowerBound * 100).rounded(.down))) %"
            Console.output(
                Line("\(i + 1). ") + Line(name, .cyan)
                    + Line("  \(Bar.picture(one.lowerBound, columns: 12)) \(success)"))
            Console.output("   \(one.reason)")
        }
        Console.output(Line("seed \(answer.seed)", .dim))
    }
}
