import ArgumentParser
import LarderClient

/// `larder stats`
struct StatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Show what the stores hold, what rules took away, and what both stand on.",
        discussion: "'capped' counts events beyond a log's cap, 'cleaned' and 'expired' entries beyond their time.")

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (stores, engines, before): ([StoreInfo], ServerEngines?, StateBefore?) = try await server.withClient {
            client in
            let engines = try await knownEngines(client)
            return (
                try await client.stores(), engines, engines == nil ? nil : try await client.stateBefore()
            )
        }
        if output.json { return try Console.json(Stats(stores: stores, engines: engines, before: before)) }
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
        guard let engines else { return }
        Console.output(Line("index: \(Human.engine(engines.index))", .dim))
        Console.output(Line("objects: \(Human.engine(engines.objects))", .dim))
        guard let before else { return }
        Console.output(
            Line(
                """
                before the restore of \(Human.time(before.at)): \(Human.bytes(before.bytes)) in \(before.folder); \
                larder backup discard-before removes it
                """, .dim))
    }

    private struct Stats: Encodable {
        var stores: [StoreInfo]
        var engines: ServerEngines?
        var before: StateBefore?
    }

    /// What the server stands on; nil where the token may not see it.
    private func knownEngines(_ client: LarderClient) async throws -> ServerEngines? {
        do { return try await client.engines() } catch let error as LarderClientError where error.code == .forbidden {
            return nil
        }
    }
}
