import AgentOSImport
import ArgumentParser
import LarderClient
import LarderModel

/// `larder import`
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Bring files and folders into a store.",
        discussion: """
            A folder's files get their path below it as keys; --prefix goes in front. Content types are guessed from \
            the names, and a file's own time is kept in the metadata field 'modified': how long an entry is kept, the \
            server's time of the import decides. What is there already with the same content is passed over, so an \
            import that was broken off is simply begun again.

            Two kinds of folders are known: what 'larder export' wrote (keys, types and metadata come back as they \
            were), and the local store folder of the Netlify emulator (.netlify/blobs-serve, with entries/ and \
            metadata/), which needs no --store.

            With --from agentos, each path is what AgentOS kept its conversations in: its SQLite file, or a backup of \
            the SQL adapter (.json, .json.gz). Each conversation becomes the log USER/CONVERSATION of the store, each \
            turn an event; a turn that is there already is known by its storageId, so the same file again brings \
            nothing new. Damaged rows are named and left out, and the exit code is 1.
            """)

    /// Where else files may come from.
    enum Origin: String, CaseIterable, ExpressibleByArgument { case agentos }

    @Argument(help: "Files and folders.") var paths: [String]
    @Option(help: "agentos: the paths hold AgentOS's conversations.") var from: Origin?
    @Option(help: "The store; made by its first entry.") var store: String?
    @Option(help: "Goes in front of every key, such as run-17/.") var prefix = ""
    @Flag(help: "Only say what would be imported.") var dryRun = false
    @Option(help: "Files at once.") var parallel = 48
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...256).contains(parallel) else { throw ValidationError("--parallel is 1 to 256.") }
        guard from == nil || store != nil else { throw ValidationError("--from agentos needs --store.") }
    }

    func run() async throws {
        if from == .agentos, let store { return try await importConversations(into: store) }
        let bar = JobBar("import", unit: "files", isPlainSilent: output.json)
        defer { bar.finish() }
        let outcome = try await server.withClient { client in
            try await client.importFiles(
                paths, into: store, prefix: prefix, dryRun: dryRun, width: parallel,
                guess: { MediaType.guess(from: $0) },
                reporting: { bar.update(.init(done: $0.done, total: $0.total, bytes: $0.bytes)) })
        }
        bar.finish()
        try TransferReport(
            outcome: outcome, verb: dryRun ? "would be imported" : "imported", things: "files", output: output
        ).show()
    }

    private func importConversations(into store: String) async throws {
        let bar = JobBar("import", unit: "turns", isPlainSilent: output.json)
        defer { bar.finish() }
        let outcome = try await server.withClient { client in
            let run = ConversationImport(client, into: store, prefix: prefix, isDry: dryRun)
            var outcome = TransferOutcome()
            for path in paths {
                let source = try await AgentOSFile.open(path)
                outcome.add(
                    try await run.bring(source) {
                        bar.update(.init(done: $0.done, total: $0.total, bytes: $0.bytes))
                    })
            }
            return outcome
        }
        bar.finish()
        try TransferReport(
            outcome: outcome, verb: dryRun ? "would be imported" : "imported", things: "turns", output: output
        ).show()
    }
}
