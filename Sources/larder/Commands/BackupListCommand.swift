import ArgumentParser
import LarderModel
import Snapshots

/// `larder backup list`
struct BackupListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List this Larder's snapshots, oldest first.",
        discussion: "Without a data directory here those of all Larders are shown, as with --all.")

    @Flag(help: "Those of all Larders that use the repository.") var all = false
    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await BackupCommand.reporting {
            let larder = all ? nil : BackupCommand.larder(in: server.data.directory)
            let snapshots = try await SnapshotCatalog(repository.open(server)).list(of: larder)
            if output.json { return try Console.json(["snapshots": snapshots.map { Document($0) }]) }
            if snapshots.isEmpty { return Console.error("larder: There is no snapshot yet.") }
            var table = Table(
                header: ["SNAPSHOT", "MADE AT", "LARDER", "ENTRIES", "BYTES", "NEW", "STORES"], numbers: [3, 4, 5])
            for snapshot in snapshots { table.add(Self.row(snapshot)) }
            Console.output(table.lines)
        }
    }

    private static func row(_ snapshot: ListedSnapshot) -> [String] {
        let name = snapshot.name
        let known = [name.id, String(name.createdAt.iso8601.prefix(19)) + "Z", name.larder]
        guard let header = snapshot.header else { return known + ["", "", "", snapshot.problem ?? ""] }
        return known + [
            "\(header.counts.entries)", Human.bytes(header.counts.bytes), Human.bytes(header.newBytes),
            header.stores?.joined(separator: " ") ?? "all",
        ]
    }

    private struct Document: Encodable {
        let id: String
        let name: String
        let larder: String
        let createdAt: String
        let manifestBytes: Int64
        let header: SnapshotHeader?
        let problem: String?

        init(_ snapshot: ListedSnapshot) {
            id = snapshot.name.id
            name = snapshot.name.text
            larder = snapshot.name.larder
            createdAt = snapshot.name.createdAt.iso8601
            manifestBytes = snapshot.manifestSize
            header = snapshot.header
            problem = snapshot.problem
        }
    }
}
