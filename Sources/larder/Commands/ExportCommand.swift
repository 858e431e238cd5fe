import ArgumentParser
import LarderClient

/// `larder export`
struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a store's entries into a folder, or stores as JSON lines or SQL.",
        usage: """
            larder export <store> --to <folder> [--prefix <prefix>] [--portable]
            larder export [<store> ...] --format <format> <file>
            """,
        discussion: """
            With --to, keys become paths, as they are where the file system can hold them; with --portable, bytes that \
            other file systems or shells could stumble over are percent-encoded (docs/import-export.md). Types and \
            metadata go into .larder-export/manifest.jsonl, from which 'larder import' makes the same entries \
            again. An export that was broken off is simply begun again.

            With --format, stores go into one file, - for standard output: all that the token may read where none is \
            named, their rows as they are at one moment. 'jsonl' is JSON lines; 'sql' is a script that PostgreSQL's \
            psql -f loads whole or not at all (docs/backup.md). The file shows its old content until all of the new \
            is there. Content that is damaged on the server is left out, and the exit code is 1.
            """)

    /// What one file may be written in.
    enum Form: String, CaseIterable, ExpressibleByArgument {
        case jsonl, sql

        var format: PortableFormat { self == .sql ? .sql : .jsonl }
    }

    @Argument(help: "The store; with --format, any number of stores and then the file.") var names: [String] = []
    @Option(help: "Only keys that start with this.") var prefix = ""
    @Option(name: .customLong("to"), help: "The folder; made when it is missing.") var folder: String?
    @Flag(help: "Encode names so that every file system holds them.") var portable = false
    @Option(help: "Entries at once.") var parallel = 16
    @Option(help: "jsonl or sql: one file in place of a folder.") var format: Form?
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...256).contains(parallel) else { throw ValidationError("--parallel is 1 to 256.") }
        if format != nil {
            guard folder == nil, prefix.isEmpty, !portable else {
                throw ValidationError("--format goes with none of --to, --prefix and --portable.")
            }
            guard let file = names.last else {
                throw ValidationError("--format needs a file, or - for standard output.")
            }
            guard file != "-" || !output.json else { throw ValidationError("--json needs a file, not -.") }
        } else {
            guard folder != nil else { throw ValidationError("Say --to FOLDER, or --format jsonl|sql and a file.") }
            guard names.count == 1 else { throw ValidationError("--to takes one store.") }
        }
    }

    func run() async throws {
        if let format, let file = names.last {
            try await export(Array(names.dropLast()), format.format, to: file)
        } else if let folder, let store = names.first {
            try await export(store, to: folder)
        }
    }

    private func export(_ store: String, to folder: String) async throws {
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

    private func export(_ stores: [String], _ format: PortableFormat, to file: String) async throws {
        let bar = ProgressBar("export", totalBytes: nil, isPlainSilent: output.json || file == "-")
        defer { bar.finish() }
        let outcome = try await server.withClient { client in
            do {
                return try await client.exportPortable(stores, format: format, to: file == "-" ? nil : file) {
                    bar.update($0)
                }
            } catch let error as LarderClientError where error.code == .connectionLost {
                throw CommandFailure(
                    "The export was cut off, and \(file == "-" ? "what came is not whole" : "'\(file)' is as it was"): "
                        + error.message)
            }
        }
        bar.finish()
        if output.json { try Console.json(outcome) }
        guard outcome.damaged == 0 else {
            throw CommandFailure(
                "\(outcome.damaged) contents are damaged on the server and not in the export; "
                    + "'larder verify' names them.")
        }
    }
}
