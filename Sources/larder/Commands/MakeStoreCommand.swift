import ArgumentParser
import LarderClient

/// `larder mk`
struct MakeStoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mk", abstract: "Make an empty store, and show the policy that its name gives it.",
        discussion: "A store is also made by its first write: this is for looking first.")

    @Argument(help: "The store.") var store: String
    @Flag(help: "Only show the policy that it would have.") var dryRun = false
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let (info, isNew) = try await server.withClient { try await $0.makeStore(store, dryRun: dryRun) }
        if output.json { return try Console.json(info) }
        let state = isNew ? (dryRun ? "would be made" : "made") : "is there, with \(Human.entries(info.entries))"
        Console.output(Terminal.output.safe("\(info.name): \(state)"))
        let policy = info.policy.object ?? [:]
        let origin =
            policy["file"]?.string.map { file in
                policy["builtIn"] == true ? "\(file), built in" : "\(file) of the server's --stores"
            } ?? "no file: the last resort"
        let access = policy["public"] == true ? "; anybody may read it" : ""
        Console.output(Terminal.output.safe("policy \(policy["name"]?.string ?? "?") (\(origin))\(access)"))
        var table = Table(header: ["keys", "largest", "kept", "log"], numbers: [1])
        for rule in policy["rules"]?.items ?? [] {
            let fields = rule.object ?? [:]
            table.add([
                fields["keys"]?.string ?? "", Human.bytes(fields["maxSize"]?.count ?? 0),
                fields["keep"]?.string ?? "for ever",
                fields["log"] == true ? "the newest \(fields["maxEvents"]?.count ?? 0) events" : "no",
            ])
        }
        Console.output(table.lines)
    }
}
