import ArgumentParser
import LarderClient

/// `larder log list`
struct LogListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the logs of a store, the one with the newest event first.",
        discussion: """
            A name with characters that are not to be seen is shown with escapes on a terminal, and in a pipe as a \
            JSON string in quotes. With --json each log has its newest event.
            """)

    @Argument(help: "The store.") var store: String
    @Argument(help: "Only keys that start with this, such as USER/.") var prefix = ""
    @Flag(help: "Sort by key.") var byKey = false
    @Flag(name: .customShort("l"), help: "With events, size, the time of the newest event, and title.") var long = false
    @Option(help: "At most so many.") var limit: Int?
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit is at least 1.") }
    }

    func run() async throws {
        try await server.withClient { client in
            let logs = client.store(store).logs(
                prefix: prefix, order: byKey ? .key : .newest, lastEvent: output.json, limit: limit)
            var document = LogListDocument(isWritten: output.json)
            var isEmpty = true
            for try await log in logs {
                if isEmpty, long, !output.json { Console.output(Self.columns) }
                isEmpty = false
                if output.json { document.add(log) } else { Console.output(long ? line(log) : name(log)) }
            }
            // An empty list is no answer before it is known that there is such a store.
            if isEmpty { try await StoreLookup.explainNothing(store, prefix: prefix, client) }
            document.end()
        }
    }

    private static let columns = Line(
        TerminalText.padded("events", toColumns: 9, right: true) + "  "
            + TerminalText.padded("size", toColumns: 9, right: true) + "  "
            + TerminalText.padded("newest", toColumns: Human.timeColumns) + "  log")

    private func name(_ log: LogInfo) -> Line { Line(Terminal.output.name(log.key)) }

    private func line(_ log: LogInfo) -> Line {
        let events = TerminalText.padded("\(log.count)", toColumns: 9, right: true)
        let size = TerminalText.padded(Human.bytes(log.bytes), toColumns: 9, right: true)
        let time = TerminalText.padded(log.updatedAt.map(Human.time) ?? "", toColumns: Human.timeColumns)
        let title = log.metadata["title"]?.string.map { Line("  \($0)", .dim) } ?? Line("")
        return Line("\(events)  \(size)  \(time)  \(Terminal.output.name(log.key))") + title
    }
}
