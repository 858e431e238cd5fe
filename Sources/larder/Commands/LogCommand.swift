import ArgumentParser

/// `larder log`
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Logs of any store: conversations, sessions, notifications.",
        discussion: """
            Which keys are logs, the store's policy says (log: true). Exit code 3: there is no such log. docs/logs.md \
            has it all; for runs there are 'larder append' and 'larder watch'.
            """,
        subcommands: [
            LogAppendCommand.self, LogTailCommand.self, LogWatchCommand.self, LogListCommand.self,
            LogForgetCommand.self,
        ])
}
