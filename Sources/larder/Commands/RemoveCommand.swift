import ArgumentParser
import LarderClient

/// `larder rm`
struct RemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove an entry, or all whose keys start with a prefix.")

    @Argument(help: "The store.") var store: String
    @Argument(help: "The key.") var key: String?
    @Option(help: "Remove every entry whose key starts with this; end it with / to mean a directory.") var prefix:
        String?
    @Flag(help: "With --prefix '': really every entry of the store.") var all = false
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
        guard try await isConfirmed() else { throw CommandFailure("Nothing was removed.", code: "cancelled") }
        try await server.withClient { client in
            let store = client.store(store)
            if let key {
                try await store.delete(key, ifMatch: ifMatch)
                try report(1)
            } else if let prefix, !prefix.isEmpty {
                try report(try await store.delete(prefix: prefix))
            } else {
                try report(try await store.deleteAll())
            }
        }
    }

    private func report(_ count: Int64) throws {
        if output.json { return try Console.json(["deleted": count]) }
        if key == nil { Console.output("\(count) \(count == 1 ? "entry" : "entries") removed") }
    }

    private func isConfirmed() async throws -> Bool {
        guard key == nil, !yes, Terminal.input.isTerminal, Terminal.error.isTerminal else { return true }
        let what =
            (prefix ?? "").isEmpty
            ? "every entry of '\(store)'" : "every entry of '\(store)' that starts with '\(prefix ?? "")'"
        Console.write("Remove \(Terminal.error.safe(what))? [y/N] ", to: 2)
        return ["y", "yes"].contains(try await LocalFile.line()?.lowercased())
    }
}
