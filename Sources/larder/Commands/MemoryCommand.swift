import ArgumentParser

/// `larder memory`
struct MemoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory", abstract: "What a project learned from ratings of its runs, and what it suggests next.",
        subcommands: [
            MemoryShowCommand.self, MemoryRecordCommand.self, MemoryRateCommand.self, MemorySuggestCommand.self,
            MemoryRebuildCommand.self,
        ])
}
