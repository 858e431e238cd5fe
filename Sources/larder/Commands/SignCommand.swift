import ArgumentParser
import LarderClient

/// `larder sign STORE KEY`
struct SignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Make a link that opens one entry without a token.",
        discussion: "Whoever has the link can read the entry until it expires; it can't be taken back, but for replacing <data>/signing.key.")

    @Argument(help: "The store.") var store: String
    @Argument(help: "The key.") var key: String
    @Option(help: "How long the link is valid, at most 30d.") var expires = "24h"
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let link = try await server.withClient { try await $0.sign(store: store, key: key, expiresIn: expires) }
        if output.json { try Console.json(link) } else { Console.output(link.url) }
    }
}
