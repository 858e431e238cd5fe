import ArgumentParser
import LarderClient
import LarderModel

/// `larder sync`
struct SyncCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync", abstract: "Make a store hold what a folder holds.",
        discussion: """
            As 'larder import': what is there already with the same content is passed over. With --delete entries \
            for which the folder has no file are removed afterwards, none when a file failed.
            """)

    @Argument(help: "The folder.") var folder: String
    @Argument(help: "The store; made by its first entry.") var store: String
    @Option(help: "Goes in front of every key; entries without it are left alone.") var prefix = ""
    @Flag(help: "Remove entries for which there is no file.") var delete = false
    @Flag(help: "Only say what would be done.") var dryRun = false
    @Option(help: "Files at once.") var parallel = 48
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...256).contains(parallel) else { throw ValidationError("--parallel is 1 to 256.") }
    }

    func run() async throws {
        let bar = JobBar("sync", unit: "files", isPlainSilent: output.json)
        defer { bar.finish() }
        let outcome = try await server.withClient { client in
            try await client.syncFolder(
                folder, to: store, prefix: prefix, isMirror: delete, dryRun: dryRun, width: parallel,
                guess: { MediaType.guess(from: $0) },
                reporting: { bar.update(.init(done: $0.done, total: $0.total, bytes: $0.bytes)) })
        }
        bar.finish()
        try TransferReport(
            outcome: outcome, verb: dryRun ? "would be imported" : "imported", things: "files", output: output,
            isLook: dryRun
        ).show()
    }
}
