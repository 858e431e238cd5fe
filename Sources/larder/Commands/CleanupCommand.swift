import ArgumentParser
import LarderClient

/// `larder cleanup`
struct CleanupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cleanup", abstract: "Remove what its rule or its TTL keeps no longer.",
        discussion: """
            The server does this by itself every hour (serve --cleanup-every). --older-than takes the place of what \
            the rules say; what they keep for ever goes only when --store or --project names it. On a terminal it \
            shows what would go, and asks. The work goes on when this command is interrupted.
            """)

    @Flag(help: "Only show what would go.") var dryRun = false
    @Option(help: "Only this store.") var store: String?
    @Option(help: "Only keys under projects/PROJECT/ or PROJECT/.") var project: String?
    @Option(help: .duration("Entries go this long after their last change: <n>s, m, h or d.")) var olderThan: Lifetime?
    @Flag(help: "List the keys, up to 10,000.") var keys = false
    @Flag(name: .shortAndLong, help: "Don't ask.") var yes = false
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    private var scope: LarderClient.CleanupScope {
        LarderClient.CleanupScope(store: store, project: project, olderThan: olderThan?.duration)
    }

    func run() async throws {
        if dryRun {
            try report(try await job(lookOnly), "would be removed")
        } else if !yes, Confirmation.isPossible {
            try await askAndRun()
        } else {
            try report(try await job { try await $0.cleanup(scope, keys: keys) }, "removed")
        }
    }

    /// Shows what would go, and removes just that where the answer is yes.
    private func askAndRun() async throws {
        let dry = try await job(lookOnly)
        let count = dry.result?.object?["removed"]?.count ?? 0
        guard count > 0 else { return try report(dry, "would be removed") }
        if !output.json { try report(dry, "would be removed") }
        guard try await Confirmation.ask("Remove \(Human.entries(count))?") else {
            throw CommandFailure("Nothing was removed.", code: "cancelled")
        }
        try report(try await job { try await $0.cleanup(confirming: dry.id) }, "removed")
    }

    private func lookOnly(_ client: LarderClient) async throws -> Job {
        try await client.cleanup(scope, dryRun: true, keys: keys)
    }

    /// A job that is done.
    /// - Throws: ``CommandFailure`` with exit code 3 when no site that it cleaned has such a store.
    private func job(_ begin: (LarderClient) async throws -> Job) async throws -> Job {
        let job = try await JobCall(server: server, output: output, unit: "entries").finish(begin)
        if let store, job.result?.object?["stores"] == 0 {
            try await server.withClient { _ = try await StoreLookup.find(store, $0) }
        }
        return job
    }

    private func report(_ job: Job, _ verb: String) throws {
        if output.json { try Console.json(job) } else { show(job.result?.object ?? [:], verb) }
    }

    private func show(_ result: JSONObject, _ verb: String) {
        for key in result["keys"]?.items ?? [] {
            let fields = key.object ?? [:]
            let site = fields["site"]?.string.map { $0 + "/" } ?? ""
            Console.output(
                Terminal.output.name("\(site)\(fields["store"]?.string ?? "")/\(fields["key"]?.string ?? "")"))
        }
        let stores = result["byStore"]?.object ?? [:]
        if !stores.isEmpty {
            var table = Table(header: ["entries", "size", "store", "rule"], numbers: [0, 1])
            for (name, store) in stores.sorted(by: { $0.key < $1.key }) {
                for (rule, amount) in (store.object?["rules"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
                    let fields = amount.object ?? [:]
                    table.add([
                        "\(fields["removed"]?.count ?? 0)", Human.bytes(fields["bytes"]?.count ?? 0),
                        name,
                        rule,
                    ])
                }
            }
            Console.output(table.lines)
        }
        let count = result["removed"]?.count ?? 0
        Console.output("\(Human.entries(count)), \(Human.bytes(result["bytes"]?.count ?? 0)) \(verb)")
    }
}
