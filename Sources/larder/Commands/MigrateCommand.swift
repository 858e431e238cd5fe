import ArgumentParser
import BlobStore
import Disk
import Foundation
import Index
import LarderModel
import Migration
import Synchronization

/// `larder migrate`
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Copy all that a stopped server keeps to another index, or other objects.",
        discussion: """
            An index is a data directory, or a database of PostgreSQL's; large content lies in the data directory, a \
            bucket or a folder. Nobody may serve either side meanwhile. The source stays as it is. Everything is read \
            again and compared at the end; until then no server starts on the target. One that is broken off goes on \
            where it was when the same command is given again. Exit 1 also when content was damaged in the source.
            """)

    @Option(help: "A data directory, or postgres://…. (default: what larder serve would use)") var from: String?
    @Option(help: "Where the source's large content is, when it is not the data directory. (default: LARDER_OBJECTS)")
    var fromObjects: String?
    @Option(help: "An empty or missing folder, or postgres://… with an empty database or schema.") var to: String
    @Option(help: "Where large content goes: s3://…, or file:///FOLDER. (default: the data directory of --to)")
    var objects: String?
    @Flag(help: "Take a database or bucket that may lose what it confirmed; for trials.") var acceptUnsafe = false
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let found = try await Settings.found()
        func setting(_ name: String) -> String? { found.first { $0.setting.name == name }?.values.first }
        let place = from ?? setting("index") ?? server.data.directory
        guard place != to else { throw ValidationError("--from and --to are the same place.") }
        let source = try source(place, setting("objects"))
        let target = try target()
        let bars = Bars(isPlainSilent: output.json)
        defer { bars.finish() }
        let result = try await Migration.run(
            from: source, to: target, spareDirectory: server.data.directory, local: .local
        ) { bars.update($0) }
        bars.finish()
        if output.json { try Console.json(Document(result)) } else { show(result) }
        if !result.damaged.isEmpty { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    /// - Parameter objects: where this machine's server keeps them.
    private func source(_ place: String, _ objects: String?) throws -> MigrationSource {
        let index = try engine(place)
        return MigrationSource(
            index: index, directory: index.isShared ? server.data.directory : place,
            objects: try engines(fromObjects ?? objects), areObjectsNamed: fromObjects != nil)
    }

    private func target() throws -> MigrationTarget {
        let index = try engine(to)
        return MigrationTarget(index: index, directory: index.isShared ? nil : to, objects: try engines(objects))
    }

    private func engine(_ place: String) throws -> any SQLEngine {
        try Engines.index(at: place, acceptsUnsafe: acceptUnsafe)
    }

    private func engines(_ objects: String?) throws -> Engines? {
        try objects.map { try Engines.with(objects: $0, acceptsUnsafe: acceptUnsafe) }
    }

    // MARK: What it says

    private func show(_ result: MigrationResult) {
        if result.isResumed { Console.output("went on where an earlier one had ended") }
        for digest in result.damaged { Console.output("damaged in the source already: object \(digest)") }
        func count(_ table: String) -> Int64 { result.rows[table] ?? 0 }
        Console.output(
            """
            \(Human.entries(count("entries"))), \(count("logs")) logs with \(Human.events(count("log_events"))), \
            \(count("objects")) objects (\(result.objects) outside of the index, \(Human.bytes(result.objectBytes))): \
            \(result.rowCount) rows copied and compared
            """)
        Console.output("The source is as it was: do not serve both.")
    }

    private struct Document: Encodable {
        let resumed: Bool
        let rows: [String: Int64]
        let objects: Int64
        let bytes: Int64
        let damaged: [String]

        init(_ result: MigrationResult) {
            resumed = result.isResumed
            rows = result.rows
            objects = result.objects
            bytes = result.objectBytes
            damaged = result.damaged
        }
    }
}

/// A bar for each phase.
private final class Bars: Sendable {
    private let isPlainSilent: Bool
    private let shown = Mutex<(phase: MigrationProgress.Phase, bar: JobBar)?>(nil)

    init(isPlainSilent: Bool) { self.isPlainSilent = isPlainSilent }

    func update(_ progress: MigrationProgress) {
        let bar = shown.withLock { shown -> JobBar in
            if let shown, shown.phase == progress.phase { return shown.bar }
            shown?.bar.finish()
            let label = progress.phase == .copying ? "Copying" : "Checking"
            let bar = JobBar(label, unit: "rows", isPlainSilent: isPlainSilent)
            shown = (progress.phase, bar)
            return bar
        }
        bar.update(.init(done: progress.done, total: max(progress.total, progress.done), bytes: progress.bytes))
    }

    func finish() { shown.withLock { $0?.bar.finish() } }
}
