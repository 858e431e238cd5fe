import ArgumentParser

/// The root command.
struct Larder: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "larder",
        abstract: "Named stores of keyed blobs on your own machine, and the live progress of runs.",
        discussion: """
            The server is --url, else http://127.0.0.1:7373; the token is --token, else that of --token-file, else the \
            file admin.token in the data directory (--data, else $XDG_DATA_HOME/larder, else ~/.local/share/larder). \
            Each of them, and each option of 'larder serve', may also be a variable (LARDER_URL) or stand in \
            larder.yaml: 'larder config' shows what counts.

            Exit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 precondition, 5 not allowed, 6 over a limit, 7 server \
            unreachable.
            """,
        version: "larder \(ProgramVersion.text)",
        subcommands: [
            ServeCommand.self, PutCommand.self, GetCommand.self, StatCommand.self, ListCommand.self, RemoveCommand.self,
            CopyCommand.self, MoveCommand.self, MakeStoreCommand.self, HistoryCommand.self, UndeleteCommand.self,
            AppendCommand.self, FinishCommand.self, WatchCommand.self, LogCommand.self, MemoryCommand.self,
            SearchCommand.self, RememberCommand.self, ForgetCommand.self,
            CleanupCommand.self, CollectCommand.self,
            VerifyCommand.self, BackupCommand.self, MigrateCommand.self, ImportCommand.self, ExportCommand.self,
            SyncCommand.self,
            EnvironmentCommand.self, KVCommand.self,
            TokenCommand.self, SignCommand.self, AuditCommand.self, NodesCommand.self, StatsCommand.self,
            StatusCommand.self,
            OpenCommand.self, ConfigCommand.self, VersionCommand.self,
        ])
}
