import ArgumentParser
import LarderClient

/// `larder stats`
struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Show what the stores hold, and what rules took away.",
        discussion: "'capped' counts events beyond a log's cap, 'cleaned' and 'expired' entries beyond their time.")

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let stores = try await server.withClient { try await $0.stores() }
        if output.json { return try Console.json(["stores": stores]) }
        var table = Table(
            header: ["store", "policy", "entries", "size", "stored", "capped", "cleaned", "expired"],
            numbers: [2, 3, 4, 5, 6, 7])
        for store in stores {
            table.add([
                store.name,
                store.policy.string ?? store.policy.object?["name"]?.string ?? "-",
                "\(store.entries)", Human.bytes(store.bytes), Human.bytes(store.storedBytes),
                "\(store.removed.cap)", "\(store.removed.cleanup)", "\(store.removed.expired)",
            ])
        }
        Console.output(table.lines)
    }
}
