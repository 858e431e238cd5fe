import ArgumentParser
import LarderClient

/// `larder watch`
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Follow a run until it ends.",
        discussion: """
            Exit code 0: the run completed; 1: it failed, stalled, or went on at the end of --timeout; 3: there is no \
            such run. A restart of the server is waited out. With --json, each event is a line: \
            {"seq":…,"event":{…}} for the run's own, {"state":…} for the watch's.
            """)

    @Argument(help: "The project.") var project: String
    @Argument(help: "The run.") var run: String
    @Option(help: "Start behind this event.") var after: Int64?
    @Flag(help: "Wait for the first event of a run that does not exist yet.") var wait = false
    @Option(help: .duration("Give up after this long: <n>s, m, h or d. (default: never)")) var timeout: Lifetime?
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let state = try await server.withClient { client in
            let log = client.run(run, of: project)
            if !wait { try await checkExists(log) }
            let view = makeView()
            defer { view.close() }
            let state = try await follow(log, view)
            view.ended(state)
            return state
        }
        if state != .completed { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    private func checkExists(_ log: RunLog) async throws {
        do {
            _ = try await log.read(tail: 0)
        } catch let error as LarderClientError where error.code == .notFound {
            throw CommandFailure.notFound(
                "The run '\(run)' of '\(project)' has no events; --wait waits for its first one.")
        }
    }

    private func makeView() -> any WatchView {
        if output.json { return JSONWatchView() }
        return Terminal.output.canRedraw ? LiveWatchView(title: "\(project)/\(run)") : PlainWatchView()
    }

    /// Follows while the view's clock ticks.
    private func follow(_ log: RunLog, _ view: any WatchView) async throws -> RunState {
        try await withThrowingTaskGroup(of: RunState?.self) { group in
            group.addTask { try await events(of: log, view) }
            group.addTask {
                while true {
                    try await Task.sleep(for: .seconds(1))
                    view.tick()
                }
            }
            if let timeout {
                group.addTask {
                    try await Task.sleep(for: timeout.duration)
                    throw CommandFailure(
                        "The run '\(run)' of '\(project)' has not ended within \(timeout.text).")
                }
            }
            defer { group.cancelAll() }
            return try await group.next().flatMap { $0 } ?? .failed
        }
    }

    private func events(of log: RunLog, _ view: any WatchView) async throws -> RunState {
        var seen = after ?? 0
        var stalledBehind: Int64?
        for try await event in log.follow(after: after) {
            view.show(event)
            switch event {
            case .complete(let state): return state
            case .connected(let state, let last): stalledBehind = state == .stalled ? last : nil
            case .progress(let event):
                seen = event.seq
                if let last = stalledBehind, seen > last { stalledBehind = nil }
            case .gap, .interrupted: break
            }
            // A run that had stalled before we came: nothing more is to be expected behind what is there.
            if let last = stalledBehind, seen >= last { return .stalled }
        }
        // The server had nothing more to say: the run ended while we were not connected.
        return try await log.read(tail: 0).state
    }
}
