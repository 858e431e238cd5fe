import ArgumentParser
import BlobStore
import Index
import LarderClient
import LarderModel
import Migration
import Snapshots

/// `larder backup restore`
struct BackupRestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put a snapshot into an empty place, or set the running server back to it.",
        discussion: """
            With --into that is a new data directory, or one whose index goes into a database and whose large content \
            goes into a bucket. A place that holds something is refused. One that is killed is simply run again. \
            Without --secrets in the snapshot there are no tokens in it: the first start makes a new admin token. Exit \
            1 also when content was missing or damaged and --skip-damaged was given.

            With --replace the server that --url names is set back, all or nothing. Its clients can read meanwhile and \
            not write; at the end it is away for a moment. The state before is kept: 'larder backup discard-before' \
            removes it. Without --secrets in the snapshot tokens stay as they are.
            """)

    @Argument(help: "Its ID or name, or latest.") var id: String
    @Option(help: "An empty or missing folder.") var into: String?
    @Flag(help: "Set the running server back to it.") var replace = false
    @Flag(help: "Don't ask.") var yes = false
    @Option(help: "Put the index into an empty database of PostgreSQL's, postgres://…, instead.") var index: String?
    @Option(help: "Put large content into s3://BUCKET/PREFIX, or file:///FOLDER, instead.") var objects: String?
    @Flag(help: "Restore the rest when content is missing or damaged.") var skipDamaged = false
    @Flag(help: "Take a database or bucket that may lose what it confirmed; for trials.") var acceptUnsafe = false
    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (into != nil) != replace else { throw ValidationError("Say where: --into DIR, or --replace.") }
        guard !replace || index == nil && objects == nil && !skipDamaged && repository.keyFile == nil else {
            throw ValidationError(
                "--replace goes with --to only: where the server keeps things, and with which keys, it knows itself.")
        }
    }

    func run() async throws {
        guard let into else { return try await setBack() }
        try await restore(into: into)
    }

    /// The server may be away for as long as it takes to end what is under way and to start.
    private static let patience = Duration.seconds(120)

    private func setBack() async throws {
        if !yes, Confirmation.isPossible {
            let question = "Set \(server.serverURL) back to \(id)? What was written since is put aside."
            guard try await Confirmation.ask(question) else {
                throw CommandFailure("Nothing was changed.", code: "cancelled")
            }
        }
        let job = try await finishedJob()
        if output.json { return try Console.json(job) }
        let result = job.result?.object ?? [:]
        let entries = Human.entries(result["entries"]?.count ?? 0)
        Console.output("\(result["snapshot"]?.string ?? ""): \(entries) restored")
        Console.output(
            """
            the state before is in \(result["before"]?.string ?? ""), \
            \(Human.bytes(result["beforeBytes"]?.count ?? 0)); larder backup discard-before removes it
            """)
    }

    private func finishedJob() async throws -> Job {
        let call = JobCall(server: server, output: output, unit: "contents and rows", patience: Self.patience)
        var begun: Job?
        do {
            return try await call.finish { client in
                let job = try await client.restore(id, to: repository.to)
                begun = job
                return job
            }
        } catch let error as LarderClientError where error.code == .unauthorized {
            guard let begun else { throw error }
            // The tokens came from the snapshot: the file has the new one.
            do { return try await server.withClient { try await $0.job(begun.id) } } catch let error
                as LarderClientError where error.code == .unauthorized
            {
                throw CommandFailure(
                    "The server is set back. Its tokens are those of the snapshot now, and this one is none of them.",
                    code: "unauthorized", status: .notAllowed)
            }
        }
    }

    private func restore(into: String) async throws {
        let result = try await BackupCommand.reporting {
            let repository = try await repository.open(server)
            let name = try await SnapshotCatalog(repository).find(
                id, larder: BackupCommand.larder(in: server.data.directory))
            let bars = RestoreBars(isPlainSilent: output.json)
            defer { bars.finish() }
            return try await SnapshotRestore(
                name.text, from: repository, to: try target(into), local: .local, directory: into,
                skipsDamaged: skipDamaged
            ) { bars.update($0) }.run()
        }
        if output.json { try Console.json(RestoreDocument(result, into: into)) } else { show(result, into) }
        if !result.damaged.isEmpty { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    private func target(_ into: String) throws -> MigrationTarget {
        let engine = try Engines.index(at: index ?? into, acceptsUnsafe: acceptUnsafe)
        return MigrationTarget(
            index: engine, directory: engine.isShared ? nil : into,
            objects: try objects.map { try Engines.with(objects: $0, acceptsUnsafe: acceptUnsafe) })
    }

    private func show(_ result: RestoreResult, _ into: String) {
        for digest in result.damaged { Console.output("missing or damaged in the repository: content \(digest)") }
        let counts = result.header.counts
        Console.output(
            """
            \(Human.entries(counts.entries)), \(counts.logs) logs with \(Human.events(counts.events)), \
            \(result.objects) contents restored
            """)
        Console.output("next  larder serve --data \(into)" + (index.map { _ in " --index …" } ?? ""))
    }
}

/// What a restore says in JSON.
struct RestoreDocument: Encodable {
    let snapshot: String
    let into: String
    let counts: SnapshotHeader.Counts
    let rows: [String: Int64]
    let objects: Int64
    let damaged: [String]

    init(_ result: RestoreResult, into: String) {
        snapshot = result.header.snapshot
        self.into = into
        counts = result.header.counts
        rows = result.rows
        objects = result.objects
        damaged = result.damaged
    }
}
