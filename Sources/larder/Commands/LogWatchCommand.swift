import ArgumentParser
import LarderClient
import struct LarderModel.JSONWriter

/// `larder log watch`
struct LogWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Follow a log: a line for each event, as it comes.",
        discussion: """
            It goes on until Ctrl-C or --count; a restart of the server is waited out. A log of runs ends with its \
            run: exit code 1 unless that completed. With --json, each event is a line {"seq":…,"event":{…}}, and gaps \
            are told as {"gap":{"after":…,"first":…}}.
            """)

    @Argument(help: "The store.") var store: String
    @Argument(help: "The log's key.") var key: String
    @Option(help: "Begin with the newest so many. (default: all that are kept)") var tail: Int?
    @Option(help: "Start behind this event.") var after: Int64?
    @Option(help: "Stop after so many events.") var count: Int?
    @Flag(help: "Wait for the first event of a log that does not exist yet.") var wait = false
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard tail == nil || after == nil else { throw ValidationError("--tail and --after exclude each other.") }
        if let tail, !(0...10_000).contains(tail) { throw ValidationError("--tail is 0 to 10000.") }
        if let count, count < 1 { throw ValidationError("--count is at least 1.") }
    }

    func run() async throws {
        let state = try await server.withClient { client in
            let log = client.store(store).log(key)
            if !wait { try await checkExists(log) }
            return try await follow(log)
        }
        if let state, state != .completed { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    private func checkExists(_ log: Log) async throws {
        do { _ = try await log.tail(0) } catch let error as LarderClientError where error.code == .notFound {
            throw CommandFailure.notFound("There is no log '\(key)' in '\(store)'; --wait waits for its first event.")
        }
    }

    /// - Returns: how the run ended; nil: it was no run's log, or enough events came.
    private func follow(_ log: Log) async throws -> RunState? {
        var left = count
        for try await event in tail.map({ log.follow(tail: $0) }) ?? log.follow(after: after) {
            show(event)
            switch event {
            case .complete(let state): return state
            case .event:
                left = left.map { $0 - 1 }
                if left == 0 { return nil }
            case .connected, .gap, .interrupted: break
            }
        }
        return nil
    }

    private func show(_ event: LogFollowEvent) {
        switch event {
        case .connected: break
        case .event(let event): output.json ? line { event.write(to: &$0) } : Console.output(EventLine(event).line)
        case .gap(let after, let first):
            guard output.json else { return Console.output("events \(after + 1) to \(first - 1) are gone") }
            line { $0.object { $0.gap(after: after, first: first) } }
        case .complete(let state):
            output.json ? line { $0.object { $0.field("state", "\(state)") } } : Console.output("\(state)")
        case .interrupted(let reason, let wait):
            Console.error("larder: \(reason) Trying again in \(Human.clock(wait)).")
        }
    }

    private func line(_ write: (inout JSONWriter) -> Void) {
        var out = JSONWriter()
        write(&out)
        Console.json(out.bytes)
    }
}

extension JSONWriter {
    /// `"gap":{"after":…,"first":…}`
    mutating func gap(after: Int64, first: Int64) {
        name("gap")
        object {
            $0.field("after", after)
            $0.field("first", first)
        }
    }
}
