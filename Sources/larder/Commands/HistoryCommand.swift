import ArgumentParser
import LarderClient

/// `larder history`
struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show what writes and deletions of an entry replaced, newest first.",
        discussion: """
            A store keeps versions where its policy says so (versions: 10 or versions: 30d). 'larder get --version \
            ETAG' reads one.
            """)

    @Argument(help: "The store.") var store: String
    @Argument(help: "The key.") var key: String
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let versions = try await server.withClient { try await $0.store(store).versions(of: key) }
        if output.json { return try Console.json(["versions": versions]) }
        guard !versions.isEmpty else { return Console.output("'\(key)' has no versions") }
        var table = Table(header: ["etag", "size", "modified", "replaced", "by"], numbers: [1])
        for version in versions {
            table.add([
                version.etag, Human.bytes(version.size), Human.time(version.modifiedAt),
                Human.time(version.replacedAt), version.deleted == true ? "deletion" : "write",
            ])
        }
        Console.output(table.lines)
    }
}
