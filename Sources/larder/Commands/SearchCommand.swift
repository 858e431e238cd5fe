import ArgumentParser
import LarderClient
import LarderModel

/// `larder search`
struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Find what was said in a vault.",
        discussion: """
            A vault is a store whose policy has an index, such as 'vaults'. By words here: meaning needs a vector \
            (POST /v1/search).
            """)

    @Argument(help: "The vault, and the beginning of the keys to look at: vaults/core") var place: StorePlace
    @Argument(help: "What to look for.") var text: String
    @Option(name: .customShort("k"), help: "Hits at most.") var count = 10
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let question = SearchQuestion(in: [.init(place.store, prefix: place.prefix)], text: text, count: count)
        let result = try await server.withClient { try await $0.search(question) }
        if output.json { return try Console.json(result) }
        guard !result.hits.isEmpty else { return Console.output("nothing found") }
        for hit in result.hits {
            let number = hit.seq.map { " \($0)" } ?? ""
            Console.output("\(hit.store)/\(hit.key)\(number)  \(Human.time(hit.at))\(hit.role.map { "  \($0)" } ?? "")")
            Console.output("  " + hit.text.split(whereSeparator: \.isNewline).joined(separator: " "))
        }
    }
}

/// `STORE[/PREFIX]`
struct StorePlace: ExpressibleByArgument {
    var store: String
    var prefix: String?

    init?(argument: String) {
        let parts = argument.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, !first.isEmpty else { return nil }
        store = String(first)
        prefix = parts.count > 1 && !parts[1].isEmpty ? String(parts[1]) : nil
    }
}
