import ArgumentParser
import LarderClient

/// `larder cleanup`
struct CleanupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cleanup", abstract: "Remove what its rule or its TTL keeps no longer.",
        discussion: """
            The server does this by itself every hour (serve --cleanup-every). --older-than takes the place of what \
            the rules say; what they keep for ever goes only when --store or --project names it. The work goes on \
            when this command is interrupted.
            """)

    @Flag(help: "Only show what would go.") var dryRun = false
    @Option(help: "Only this store.") var store: String?
    @Option(help: "Only keys under projects/PROJECT/ or PROJECT/.") var project: String?
    @Option(help: "Entries go this long after their last change: <n>s, m, h or d.") var olderThan: Lifetime?
    @Flag(help: "List the keys, up to 10,000.") var keys = false
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let scope = LarderClient.CleanupScope(store: store, project: project, olderThan: olderThan?.duration)
        let call = JobCall(
            server: server, output: output, label: dryRun ? "cleanup (dry run)" : "cleanup", unit: "entries")
        _ = try await call.run {
            try await $0.cleanup(scope, dryRun: dryRun, keys: keys)
        } show: {
            show($0)
        }
    }

    private func show(_ result: JSONObject) {
        for key in result["keys"]?.items ?? [] {
            let fields = key.object ?? [:]
            let site = fields["site"]?.string.map { $0 + "/" } ?? ""
            Console.output(
                Terminal.output.safe("\(site)\(fields["store"]?.string ?? "")/\(fields["key"]?.string ?? "")"))
        }
        let stores = result["byStore"]?.object ?? [:]
        if !stores.isEmpty {
            var table = Table(header: ["entries", "size", "store", "rule"], numbers: [0, 1])
            for (name, store) in stores.sorted(by: { $0.key < $1.key }) {
                for (rule, amount) in (store.object?["rules"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
                    let fields = amount.object ?? [:]
                    table.add([
                        "\(fields["removed"]?.count ?? 0)", Human.bytes(fields["bytes"]?.count ?? 0),
                        Terminal.output.safe(name),
                        Terminal.output.safe(rule),
                    ])
                }
            }
            table.lines.forEach(Console.output)
        }
        let count = result["removed"]?.count ?? 0
        let entries = count == 1 ? "1 entry" : "\(count) entries"
        Console.output(
            "\(entries), \(Human.bytes(result["bytes"]?.count ?? 0)) \(dryRun ? "would be removed" : "removed")")
    }
}
