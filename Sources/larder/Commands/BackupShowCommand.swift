import ArgumentParser
import LarderModel
import Snapshots

/// `larder backup show`
struct BackupShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what a snapshot holds, store by store.")

    @Argument(help: "Its ID or name, or latest.") var id: String
    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await BackupCommand.reporting {
            let catalog = SnapshotCatalog(try await repository.open(server))
            let name = try await catalog.find(id, larder: BackupCommand.larder(in: server.data.directory))
            let (header, stores) = try await catalog.show(name)
            if output.json { return try Console.json(Document(header: header, stores: stores)) }
            Console.output("\(header.snapshot), made by larder \(header.version)")
            Console.output(
                """
                \(Human.entries(header.counts.entries)), \(header.counts.logs) logs with \
                \(Human.events(header.counts.events)), \(header.counts.objects) contents, \
                \(Human.bytes(header.counts.storedBytes)) as kept\(header.secrets ? ", with secrets" : "")
                """)
            var table = Table(header: ["ENTRIES", "BYTES", "SITE", "STORE"], numbers: [0, 1])
            for store in stores { table.add(["\(store.entries)", Human.bytes(store.bytes), store.site, store.store]) }
            Console.output(table.lines)
        }
    }

    private struct Document: Encodable {
        let header: SnapshotHeader
        let stores: [StoreDigest]
    }
}
