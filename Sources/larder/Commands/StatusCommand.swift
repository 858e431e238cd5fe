import ArgumentParser
import Foundation
import LarderClient

/// `larder status`
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how the server is: what it holds, its room, its jobs.",
        discussion: "Exit code 1 when it takes no writes. It wants a token that may read all sites and stores.")

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    private struct Status: Encodable {
        var url: String
        var version: String
        var takesWrites: Bool
        var entries: Int64
        var bytes: Int64
        var freeBytes: Int64
        var engines: ServerEngines
        var backupTo: String?
        var jobs: [Job]
    }

    func run() async throws {
        let (status, figures) = try await server.withClient { client in
            let version = try await client.version()
            let figures = try await client.figures()
            func count(_ name: String) -> Int64 { figures[name].flatMap { Int64(exactly: $0.rounded()) } ?? 0 }
            let status = Status(
                url: client.url, version: version, takesWrites: count("read_only") + count("disk_guard") == 0,
                entries: count("entries"), bytes: count("entry_bytes"), freeBytes: count("disk_free_bytes"),
                engines: try await client.engines(), backupTo: try await client.backupPlace(),
                jobs: try await jobs(client))
            return (status, figures)
        }
        if output.json { try Console.json(status) } else { show(status, figures) }
        if !status.takesWrites { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    private static func backups(_ place: String?, _ last: Double?) -> String {
        let when = last.map { "the last \(Human.time(Date(timeIntervalSince1970: $0)))" }
        guard let place else { return when.map { "made by hand, \($0)" } ?? "none yet: 'larder backup --help'" }
        return "to \(place), \(when ?? "none yet")"
    }

    /// The latest of each kind; none where the token may not see them.
    private func jobs(_ client: LarderClient) async throws -> [Job] {
        var seen: Set<String> = []
        do {
            return try await client.jobs().filter { seen.insert($0.kind).inserted }
        } catch let error as LarderClientError where error.code == .forbidden {
            return []
        }
    }

    private func show(_ status: Status, _ figures: [String: Double]) {
        var rows = [("server", "\(status.url), larder \(status.version)")]
        if figures["read_only"] == 1 {
            rows.append(("writes", "refused since an fsync failed; look at the disk, then restart"))
        } else if figures["disk_guard"] == 1 {
            rows.append(("writes", "refused until the disk has more room"))
        } else {
            rows.append(("writes", "taken"))
        }
        rows.append(("holds", "\(Human.entries(status.entries)), \(Human.bytes(status.bytes))"))
        rows.append(("room", "\(Human.bytes(status.freeBytes)) free on the disk of the data directory"))
        rows.append(("index", Human.engine(status.engines.index)))
        rows.append(("objects", Human.engine(status.engines.objects)))
        for job in status.jobs {
            let time = job.endedAt.map { ", ended \(Human.time($0))" } ?? ", since \(Human.time(job.startedAt))"
            rows.append(("job", "\(job.title): \(job.state.rawValue)\(time)"))
        }
        rows.append(("backups", Self.backups(status.backupTo, figures["backup_last_success_timestamp_seconds"])))
        for (name, value) in rows {
            Console.output(Line(TerminalText.padded(name, toColumns: 10), .dim) + Line(value))
        }
    }
}
