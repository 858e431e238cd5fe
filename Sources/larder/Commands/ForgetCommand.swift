import ArgumentParser
import LarderClient

/// `larder forget`
struct ForgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Take items out of a vault, for good.",
        discussion: "On a terminal it asks first. 'larder log forget STORE KEY' takes events out of a log.")

    @Argument(help: "The vault, and the beginning of the keys that go: vaults/session/s1/") var place: StorePlace
    @Option(help: .moment("Only what was said before this time: 2026-05-10, or 2026-05-10T06:12:47Z.")) var until:
        Moment?
    @Option(help: "Only what this role said.") var role: String?
    @Flag(name: .shortAndLong, help: "Don't ask.") var yes = false
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        if !yes, Confirmation.isPossible {
            guard try await Confirmation.ask("Forget what lies below '\(place.prefix ?? "")' of '\(place.store)'?")
            else {
                throw CommandFailure("Nothing was forgotten.", code: "cancelled")
            }
        }
        let filter = SearchQuestion.Filter(role: role.map { [$0] }, until: until?.date)
        let count = try await server.withClient { client in
            try await client.store(place.store).forget(
                prefix: place.prefix ?? "", filter: role == nil && until == nil ? nil : filter)
        }
        if output.json { return try Console.json(["deleted": count]) }
        Console.output("\(count) forgotten")
    }
}
