import ArgumentParser
import LarderModel
import SnapshotRepository
import Snapshots

/// `larder backup prune`
struct BackupPruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove this Larder's older snapshots, and content that none names any more.",
        discussion: """
            The two options are united: a snapshot stays when either keeps it. Snapshots of other Larders, and what \
            they name, stay. No snapshot can be made meanwhile.
            """)

    @Option(help: "Keep the last so many.") var keepLast: Int?
    @Option(help: "Keep the last one of each of so many days (UTC).") var keepDaily: Int?
    @Option(help: .duration("Leave content alone that is younger. (default: 1h)")) var grace: LifetimeOrZero?
    @Flag(help: "Only say which would go.") var dryRun = false
    @Option(help: "The Larder, as 'list --all' shows it. (default: that of the data directory)") var larder: String?
    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard keepLast != nil || keepDaily != nil else {
            throw ValidationError("Say what to keep: --keep-last N, --keep-daily N, or both.")
        }
        for (name, value) in [("keep-last", keepLast), ("keep-daily", keepDaily)] {
            if let value, !(1...100_000).contains(value) { throw ValidationError("--\(name) is 1 to 100000.") }
        }
    }

    func run() async throws {
        guard let whose = larder ?? BackupCommand.larder(in: server.data.directory) else {
            throw CommandFailure.notFound(
                "Whose snapshots? \(server.data.directory) has made none: give --data, or --larder as 'list --all' "
                    + "shows it."
            )
        }
        let result = try await BackupCommand.reporting {
            try await SnapshotPruning(
                try await repository.open(server), larder: whose,
                retention: SnapshotRetention(last: keepLast ?? 0, daily: keepDaily ?? 0),
                grace: grace?.duration ?? SnapshotPruning.graceDefault, clock: .system, isServer: false
            ).run(isDryRun: dryRun)
        }
        if output.json { return try Console.json(Document(result, dryRun: dryRun)) }
        for holder in result.takenOver { Console.output("took over the lock of \(holder), which was dead") }
        for name in result.removed { Console.output("\(dryRun ? "would remove" : "removed") \(name)") }
        let content = result.content
        let freed = "; \(content.objects) contents and \(content.packs) packs, \(Human.bytes(content.bytesFreed)) freed"
        Console.output(
            "\(result.removed.count) snapshots \(dryRun ? "would go" : "went"), \(result.kept) are kept"
                + (dryRun ? "" : freed))
    }

    private struct Document: Encodable {
        let dryRun: Bool
        let removed: [String]
        let kept: Int
        let objects: Int
        let packs: Int
        let rewritten: Int
        let bytes: Int64

        init(_ result: PruneResult, dryRun: Bool) {
            self.dryRun = dryRun
            removed = result.removed
            kept = result.kept
            objects = result.content.objects
            packs = result.content.packs
            rewritten = result.content.rewritten
            bytes = result.content.bytesFreed
        }
    }
}
