import ArgumentParser
import LarderClient

/// `larder log forget`
struct LogForgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Forget a log, or some of its events.",
        discussion: """
            Without --before, --until or --seq the whole log goes, with its metadata; on a terminal that asks first. \
            Events that are forgotten leave holes in the numbers, and the numbers go on.
            """)

    @Argument(help: "The store.") var store: String
    @Argument(help: "The log's key.") var key: String
    @Option(help: "Only the events in front of this one, which stays.") var before: Int64?
    @Option(help: .moment("Only the events before this time: 2026-05-10, or 2026-05-10T06:12:47Z.")) var until: Moment?
    @Option(help: "Only these events: 7,9") var seq: String?
    @Flag(name: .shortAndLong, help: "Don't ask.") var yes = false
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard [before != nil, until != nil, seq != nil].filter({ $0 }).count <= 1 else {
            throw ValidationError("--before, --until and --seq exclude each other.")
        }
        guard seq == nil || seqs?.isEmpty == false else { throw ValidationError("--seq is numbers: 7,9") }
    }

    /// nil: it is no list of numbers.
    private var seqs: [Int64]? {
        let parts = (seq ?? "").split(separator: ",", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int64($0) }
        return numbers.count == parts.count ? numbers : nil
    }

    func run() async throws {
        try await server.withClient { client in
            let log = client.store(store).log(key)
            if let before { return try report(try await log.forget(before: before)) }
            if let until { return try report(try await log.forget(until: until.date)) }
            if seq != nil { return try report(try await log.forget(seqs: seqs ?? [])) }
            let count = try await log.tail(0).count
            try await confirm(count)
            try await log.delete()
            try report(count)
        }
    }

    private func confirm(_ count: Int64) async throws {
        guard !yes, Confirmation.isPossible else { return }
        guard try await Confirmation.ask("Forget '\(key)' of '\(store)' with \(Human.events(count))?") else {
            throw CommandFailure("Nothing was forgotten.", code: "cancelled")
        }
    }

    private func report(_ count: Int64) throws {
        if output.json { return try Console.json(["deleted": count]) }
        Console.output("\(Human.events(count)) forgotten")
    }
}
