import ArgumentParser
import Foundation
import LarderModel
import SnapshotRepository
import Snapshots

/// Which repository of snapshots, and with which key.
struct RepositoryOptions: ParsableArguments {
    @Option(help: "The repository: file:///FOLDER or s3://BUCKET/PREFIX?endpoint=URL. (default: LARDER_BACKUP_TO)")
    var to: String?
    @Option(help: "The file with the key of an encrypted repository. (default: LARDER_BACKUP_KEY_FILE)")
    var keyFile: String?
    @Option(
        help: """
            The bucket's keys, in a file of AWS's form (0600). (default: LARDER_BACKUP_CREDENTIALS, else \
            AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)
            """)
    var credentials: String?

    /// What a server of this machine would use counts where nothing is said.
    func repositories() async throws -> Repositories {
        let found = try await Settings.found()
        func setting(_ name: String) -> String? { found.first { $0.setting.name == name }?.values.first }
        return Repositories.of(
            to ?? setting("backup-to"), keyFile: keyFile ?? setting("backup-key-file"),
            credentials: credentials ?? setting("backup-credentials"),
            spoolFolder: FileManager.default.temporaryDirectory.path)
    }

    /// Opens it.
    func open() async throws -> Repository { try await repositories().open(nil) }
}
