import ArgumentParser
import LarderClient

/// `larder export`
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a store's entries into a folder.",
        discussion: """
            Keys become paths, as they are where the file system can hold them; with --portable, bytes that other file \
            systems or shells could stumble over are percent-encoded (docs/import-export.md). Types and metadata go \
            into .larder-export/manifest.jsonl, from which 'larder import' makes the same entries \
            again. An export that was broken off is simply begun again.
            """)

    @Argument(help: "The store.") var store: String
    @Option(help: "Only keys that start with this.") var prefix = ""
    @Option(name: .customLong("to"), help: "The folder; made when it is missing.") var folder: String
    @Flag(help: "Encode names so that every file system holds them.") var portable = false
    @Option(help: "Entries at once.") var parallel = 16
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...256).contains(parallel) else { throw ValidationError("--parallel is 1 to 256.") }
    }

    func run() async throws {
        let bar = JobBar("export \(store)", unit: "entries", isPlainSilent: output.json)
        defer { bar.finish() }
        let outcome = try await server.withClient { client in
            // Before a folder is made for it.
            try await StoreLookup.find(store, client)
            let outcome = try await client.exportStore(
                store, prefix: prefix, to: folder, isPortable: portable, width: parallel,
                reporting: { bar.update(.init(done: $0.done, total: $0.total, bytes: $0.bytes)) })
            if outcome.transferred + outcome.skipped + outcome.failed == 0 {
                try await StoreLookup.explainNothing(store, prefix: prefix, client)
            }
            return outcome
        }
        bar.finish()
        try TransferReport(outcome: outcome, verb: "exported", things: "entries", output: output).show()
    }
}
