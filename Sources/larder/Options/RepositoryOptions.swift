import ArgumentParser
import Foundation
import LarderClient
import LarderModel
import SnapshotRepository
import Snapshots

/// Which repository of snapshots, and with which key.
struct RepositoryOptions: ParsableArguments {
    @Option(
        help: """
            The repository: file:///FOLDER or s3://BUCKET/PREFIX?endpoint=URL. (default: LARDER_BACKUP_TO, else what \
            the server was started with)
            """)
    var to: String?
    @Option(help: "The file with the key of an encrypted repository. (default: LARDER_BACKUP_KEY_FILE)")
    var keyFile: String?
    @Option(
        help: """
            The bucket's keys, in a file of AWS's form (0600). (default: LARDER_BACKUP_CREDENTIALS, else \
            AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)
            """)
    var credentials: String?

    /// What a server of this machine would use counts where nothing is said, else what the server says that is there.
    func repositories(_ server: ServerOptions) async throws -> Repositories {
        let found = try await Settings.found()
        func setting(_ name: String) -> String? { found.first { $0.setting.name == name }?.values.first }
        var place = to ?? setting("backup-to")
        // The machine may be gone: then somebody has to say where.
        if place == nil { place = try? await server.withClient { try await $0.backupPlace() } }
        return Repositories.of(
            place, keyFile: keyFile ?? setting("backup-key-file"),
            credentials: credentials ?? setting("backup-credentials"),
            spoolFolder: FileManager.default.temporaryDirectory.path)
    }

    /// Opens it.
    func open(_ server: ServerOptions) async throws -> Repository {
        try await repositories(server).open(nil)
    }
}
