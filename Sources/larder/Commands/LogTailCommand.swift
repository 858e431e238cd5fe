import ArgumentParser
import LarderClient

/// `larder log tail`
struct LogTailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "Show events of a log, oldest first.",
        discussion: """
            Without --after or --before the newest ones. With --json the answer is the page as the server gives it, \
            events byte for byte: its next and previous are for --after and --before.
            """)

    @Argument(help: "The store.") var store: String
    @Argument(help: "The log's key.") var key: String
    @Option(name: .customShort("n"), help: "At most so many events.") var count = 40
    @Option(help: "The first events behind this one.") var after: Int64?
    @Option(help: "The newest events in front of this one.") var before: Int64?
    @Option(help: .moment("Only events of this time or later: 2026-05-10, or 2026-05-10T06:12:47Z.")) var since: Moment?
    @Option(help: .moment("Only events before this time.")) var until: Moment?
    @Option(help: "Only events of this role; may be given again.") var role: [String] = []
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard after == nil || before == nil else { throw ValidationError("--after and --before exclude each other.") }
        guard (1...10_000).contains(count) else { throw ValidationError("-n is 1 to 10000.") }
    }

    func run() async throws {
        let page = try await server.withClient { client in
            let filter = LogFilter(since: since?.date, until: until?.date, roles: role)
            return try await client.store(store).log(key).page(part, limit: limit, filter: filter)
        }
        if output.json { return Console.json(page.json) }
        Console.output(page.events.map { EventLine($0).line })
    }

    private var part: LogPart { after.map { .after($0) } ?? before.map { .before($0) } ?? .tail(count) }
    private var limit: Int? { after == nil && before == nil ? nil : count }
}
