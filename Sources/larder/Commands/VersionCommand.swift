import ArgumentParser

/// `larder version`
struct VersionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version of this program.")

    @OptionGroup var output: OutputOptions

    func run() async throws {
        if output.json {
            try Console.json(["version": ProgramVersion.text])
        } else {
            Console.output("larder \(ProgramVersion.text)")
        }
    }
}
