import ArgumentParser
import Disk
import LarderModel
import Snapshots

/// `larder backup`
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Make snapshots, look at them, and restore them.",
        discussion: """
            A snapshot is all stores, or some, as they stood at one moment, in a repository: a folder, or a bucket. \
            'create', 'restore --replace' and 'discard-before' are the server's work. All others need no server: the \
            machine may be gone. \
            docs/backup.md says what to type then.
            """,
        subcommands: [
            BackupCreateCommand.self, BackupListCommand.self, BackupShowCommand.self, BackupVerifyCommand.self,
            BackupRestoreCommand.self, BackupDiscardBeforeCommand.self, BackupPruneCommand.self,
            BackupDrillCommand.self,
        ])

    /// What tells the Larder of a data directory from others; nil: it has made no snapshot, or there is none.
    static func larder(in directory: String) -> String? {
        try? SecretFile(path: DataDirectory.larderIDPath(in: directory)).read()
    }

    /// Runs something whose failures may be that there is none of a name.
    static func reporting<R>(_ body: () async throws -> R) async throws -> R {
        do { return try await body() } catch let error as LarderError where error.code == .notFound {
            throw CommandFailure.notFound(error.message)
        } catch let error as LarderError where error.code == .malformedRequest {
            throw CommandFailure.usage(error.message)
        }
    }
}
