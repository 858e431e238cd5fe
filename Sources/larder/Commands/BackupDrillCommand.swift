import ArgumentParser
import BlobStore
import Foundation
import LarderModel
import Migration
import Snapshots

/// `larder backup drill`
struct BackupDrillCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill", abstract: "Restore the newest snapshot into a temporary place and compare all of it.",
        discussion: "Every row is compared, and all content is hashed. The temporary place is removed. Exit 1 when not."
    )

    @Argument(help: "Another one: its ID or name.") var id = "latest"
    @Option(help: "Where the temporary place is made. (default: TMPDIR)") var scratch: String?
    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let parent = scratch ?? FileManager.default.temporaryDirectory.path
        let place = "\(parent)/larder-drill-\(UUID().uuidString.lowercased())"
        defer { try? FileManager.default.removeItem(atPath: place) }
        let begun = ContinuousClock.now
        let result = try await BackupCommand.reporting {
            let repository = try await repository.open(server)
            let name = try await SnapshotCatalog(repository).find(
                id, larder: BackupCommand.larder(in: server.data.directory))
            let bars = RestoreBars(isPlainSilent: output.json)
            defer { bars.finish() }
            let target = MigrationTarget(
                index: try Engines.index(at: place, acceptsUnsafe: false), directory: place, objects: nil)
            return try await SnapshotRestore(
                name.text, from: repository, to: target, local: .local, directory: place, skipsDamaged: false
            ) { bars.update($0) }.run(compares: true)
        }
        if output.json { return try Console.json(RestoreDocument(result, into: "")) }
        let rows = result.rows.values.reduce(0, +)
        Console.output(
            """
            \(result.header.snapshot) can be restored: \(rows) rows and \(result.objects) contents, \
            \(Human.bytes(result.bytes)), are as they were (\(Human.clock(ContinuousClock.now - begun)))
            """)
    }
}
