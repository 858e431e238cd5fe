import ArgumentParser
import LarderClient

/// `larder rm`
struct RemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove an entry, all whose keys start with a prefix, or a store.",
        discussion: """
            On a terminal, --prefix, --all and --store say how many entries they would remove, and ask. Elsewhere \
            --all and --store need --yes.
            """)

    @Argument(help: ArgumentHelp("The store of the entries.", valueName: "store")) var place: String?
    @Argument(help: "The key.") var key: String?
    @Option(help: "Remove every entry whose key starts with this; end it with / to mean a directory.") var prefix:
        String?
    @Flag(help: "Remove every entry of the store, which stays.") var all = false
    @Option(name: .customLong("store"), help: "Remove this store and every entry of it.") var whole: String?
    @Flag(name: .shortAndLong, help: "Don't ask.") var yes = false
    @Option(help: "Only if the entry still has this ETag.") var ifMatch: String?
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard whole == nil || (place == nil && prefix == nil && !all && ifMatch == nil) else {
            throw ValidationError("--store goes alone: it removes the whole store.")
        }
        guard whole == nil else { return }
        guard place != nil else { throw ValidationError("Name a STORE and a KEY.") }
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
            if let whole {
                try await StoreLookup.find(whole, client)
                try await confirm(whole, client)
                let count = try await client.removeStore(whole, withEntries: true)
                if output.json { return try Console.json(["deleted": count]) }
                return Console.output("\(Human.entries(count)) removed, and the store")
            }
            guard let place else { return }
            let store = client.store(place)
            if let key {
                try await store.delete(key, ifMatch: ifMatch)
                return try report(1)
            }
            try await confirm(place, client)
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
    private func confirm(_ store: String, _ client: LarderClient) async throws {
        let isWhole = (prefix ?? "").isEmpty
        guard !yes, isWhole || Confirmation.isPossible else { return }
        let entries = try await amount(store, client)
        let what =
            switch (whole, prefix ?? "") {
            case (_?, _): "\(entries) of '\(store)', and the store"
            case (nil, ""): "\(entries) of '\(store)'"
            case (nil, let prefix): "\(entries) of '\(store)' that start with '\(prefix)'"
            }
        guard Confirmation.isPossible else {
            throw CommandFailure.usage("This removes all \(what): say so with --yes. Nothing was removed.")
        }
        guard try await Confirmation.ask("Remove \(what)?") else {
            throw CommandFailure("Nothing was removed.", code: "cancelled")
        }
    }

    /// `37 entries`
    private func amount(_ store: String, _ client: LarderClient) async throws -> String {
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
