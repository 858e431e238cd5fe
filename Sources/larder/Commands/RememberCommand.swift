import ArgumentParser
import LarderClient
import LarderModel

/// `larder remember`
struct RememberCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remember", abstract: "Write a text into a vault, where 'larder search' finds it.")

    @Argument(help: "The vault; made by its first item.") var store: String
    @Argument(help: "The key, such as core/preferences.") var key: String
    @Argument(help: "The text.") var text: String
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let entry = try await server.withClient { client in
            try await client.store(store).set(key, .bytes(Array(text.utf8)), contentType: "text/plain; charset=utf-8")
        }
        if output.json { return try Console.json(entry) }
        Console.output("\(store)/\(entry.key)  \(Human.bytes(entry.size))  \(entry.etag)")
    }
}
