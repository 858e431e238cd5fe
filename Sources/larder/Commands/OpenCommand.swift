import ArgumentParser
import LarderClient

/// `larder open`
struct OpenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open", abstract: "Open the console in the browser.",
        discussion: "It asks for a token once: 'larder token show' prints the one that commands use.")

    @Flag(help: "Only print the console's URL.") var urlOnly = false
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let url = try await LarderClient.withClient(url: server.serverURL) { $0.url } + "/console"
        let isOpened = !urlOnly && Terminal.output.isTerminal && Browser.open(url)
        if output.json { return try Console.json(["url": url]) }
        Console.output(url)
        if !urlOnly, Terminal.output.isTerminal, !isOpened {
            Console.error("larder: No browser could be started here: open this URL in yours.")
        }
    }
}
