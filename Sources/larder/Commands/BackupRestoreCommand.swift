import ArgumentParser
import BlobStore
import Index
import LarderModel
import Migration
import Snapshots

/// `larder backup restore`
struct BackupRestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put a snapshot into an empty place.",
        discussion: """
            That is a new data directory, or one whose index goes into a database and whose large content goes into a \
            bucket. A place that holds something is refused. One that is killed is simply run again. Without \
            --secrets in the snapshot there are no tokens in it: the first start makes a new admin token. Exit 1 also \
            when content was missing or damaged and --skip-damaged was given.
            """)

    @Argument(help: "Its ID or name, or latest.") var id: String
    @Option(help: "An empty or missing folder.") var into: String
    @Option(help: "Put the index into an empty database of PostgreSQL's, postgres://…, instead.") var index: String?
    @Option(help: "Put large content into s3://BUCKET/PREFIX, or file:///FOLDER, instead.") var objects: String?
    @Flag(help: "Restore the rest when content is missing or damaged.") var skipDamaged = false
    @Flag(help: "Take a database or bucket that may lose what it confirmed; for trials.") var acceptUnsafe = false
    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let result = try await BackupCommand.reporting {
            let repository = try await repository.open()
            let name = try await SnapshotCatalog(repository).find(
                id, larder: BackupCommand.larder(in: server.data.directory))
            let bars = RestoreBars(isPlainSilent: output.json)
            defer { bars.finish() }
            return try await SnapshotRestore(
                name.text, from: repository, to: try target(), local: .local, directory: into,
                skipsDamaged: skipDamaged
            ) { bars.update($0) }.run()
        }
        if output.json { try Console.json(RestoreDocument(result, into: into)) } else { show(result) }
        if !result.damaged.isEmpty { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    private func target() throws -> MigrationTarget {
        let engine = try Engines.index(at: index ?? into, acceptsUnsafe: acceptUnsafe)
        return MigrationTarget(
            index: engine, directory: engine.isShared ? nil : into,
            objects: try objects.map { try Engines.with(objects: $0, acceptsUnsafe: acceptUnsafe) })
    }

    private func show(_ result: RestoreResult) {
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
