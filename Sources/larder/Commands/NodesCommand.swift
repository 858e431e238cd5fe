import ArgumentParser
import LarderClient

/// `larder nodes`
struct NodesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes", abstract: "Show the servers that serve one index together, and what each does.",
        discussion:
            """
            A node is gone when it was not heard of for 15 s: what it worked on goes on elsewhere. After a day it is \
            forgotten.
            """
    )

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let nodes = try await server.withClient { try await $0.nodes() }
        if output.json { return try Console.json(["nodes": nodes]) }
        var table = Table(
            header: ["node", "state", "version", "address", "since", "seen", "database", "bucket", "doing"],
            numbers: [6, 7])
        for node in nodes {
            table.add([
                node.name, node.state.rawValue, node.version, node.address.isEmpty ? "-" : node.address,
                Human.time(node.since), Human.time(node.seenAt), milliseconds(node.databaseMs),
                milliseconds(node.bucketMs), node.doing.isEmpty ? "-" : node.doing.joined(separator: ", "),
            ])
        }
        Console.output(table.lines)
    }

    private func milliseconds(_ value: Double?) -> String {
        value.map { "\(($0 * 10).rounded() / 10) ms" } ?? "-"
    }
}
