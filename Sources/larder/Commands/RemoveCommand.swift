import ArgumentParser
import LarderClient

/// `larder rm`
struct RemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove an entry, or all whose keys start with a prefix.",
        discussion: """
            On a terminal, --prefix and --all say how many entries they would remove, and ask. Elsewhere --all needs \
            --yes.
            """)

    @Argument(help: "The store.") var store: String
    @Argument(help: "The key.") var key: String?
    @Option(help: "Remove every entry whose key starts with this; end it with / to mean a directory.") var prefix:
        String?
    @Flag(help: "Remove every entry of the store.") var all = false
    @Flag(name: .shortAndLong, help: "Don't ask.") var yes = false
    @Option(help: "Only if the entry still has this ETag.") var ifMatch: String?
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (key == nil) != (prefix == nil && !all) else {
            throw ValidationError("Name a KEY or give --prefix, one of the two.")
        }
        guard key != nil || !(prefix ?? "").isEmpty || all else {
            throw ValidationError("An empty prefix means every entry: add --all to say so.")
        }
        guard !all || (prefix ?? "").isEmpty else { throw ValidationError("--all and a --prefix exclude each other.") }
        guard ifMatch == nil || key != nil else { throw ValidationError("--if-match goes with a KEY.") }
    }

    func run() async throws {
        try await server.withClient { client in
            let store = client.store(store)
            if let key {
                try await store.delete(key, ifMatch: ifMatch)
                return try report(1)
            }
            try await confirm(client)
            let prefix = prefix ?? ""
            let count = try await prefix.isEmpty ? store.deleteAll() : store.delete(prefix: prefix)
            if count == 0 { try await StoreLookup.explainNothing(store.name, prefix: prefix, client) }
            try report(count)
        }
    }

    private func report(_ count: Int64) throws {
        if output.json { return try Console.json(["deleted": count]) }
        if key == nil { Console.output("\(Human.entries(count)) removed") }
    }

    /// How many entries are counted for a question.
    private static let countMax = 10_000

    /// Asks before many entries go: on a terminal always, elsewhere a whole store needs `--yes`.
    private func confirm(_ client: LarderClient) async throws {
        let isWhole = (prefix ?? "").isEmpty
        guard !yes, isWhole || Confirmation.isPossible else { return }
        let what = "\(try await amount(client)) of '\(store)'" + (isWhole ? "" : " that start with '\(prefix ?? "")'")
        guard Confirmation.isPossible else {
            throw CommandFailure.usage("This removes all \(what): say so with --yes. Nothing was removed.")
        }
        guard try await Confirmation.ask("Remove \(what)?") else {
            throw CommandFailure("Nothing was removed.", code: "cancelled")
        }
    }

    /// `37 entries`
    private func amount(_ client: LarderClient) async throws -> String {
        guard let prefix, !prefix.isEmpty else {
            return Human.entries(try await StoreLookup.find(store, client).entries)
        }
        var count = 0
        for try await page in client.store(store).list(prefix: prefix, limit: Self.countMax + 1).pages {
            count += page.entries.count
        }
        if count == 0 { try await StoreLookup.explainNothing(store, prefix: prefix, client) }
        return count > Self.countMax ? "more than \(Self.countMax) entries" : Human.entries(Int64(count))
    }
}
