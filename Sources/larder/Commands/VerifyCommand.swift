import ArgumentParser
import BlobStore
import LarderClient
import LarderModel
import LarderServer
import NIOCore

/// `larder verify`
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Read all content and compare it with its SHA-256.",
        discussion: """
            Damaged files are moved to <data>/quarantine; the entries they belong to answer corrupt_entry until their \
            content is written again. Exit 1 when there is damage. --offline works on the data directory itself, \
            which no server may have open. An index and objects that lie elsewhere are read there, as larder serve \
            was told (LARDER_INDEX, LARDER_OBJECTS, AWS_ACCESS_KEY_ID).
            """)

    @Flag(help: "Work on the data directory of a stopped server.") var offline = false
    @Option(help: "With --offline: where large content is kept, as larder serve was told.") var objects: String?
    @Option(help: "With --offline: the index's database, as larder serve was told.") var index: String?
    @Option(help: .size("Read at most this much in a second, such as 50MB.")) var rate: Rate?
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    /// `50MB`
    struct Rate: ExpressibleByArgument {
        var bytesPerSecond: Int64

        init?(argument: String) {
            guard let count = ByteCount(parsing: argument), count.bytes > 0 else { return nil }
            bytesPerSecond = count.bytes
        }
    }

    func run() async throws {
        let result: JSONObject
        if offline {
            result = try await verifyOffline()
        } else {
            let call = JobCall(server: server, output: output, unit: "objects")
            result =
                try await call.run {
                    try await $0.verify(bytesPerSecond: rate?.bytesPerSecond)
                } show: {
                    show($0)
                }.result?.object ?? [:]
        }
        let damaged = ["corrupt", "missing", "unreadable"].reduce(0) { $0 + (result[$1]?.count ?? 0) }
        if damaged > 0 { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    private func verifyOffline() async throws -> JSONObject {
        let bar = JobBar("Verification", unit: "objects", isPlainSilent: output.json)
        defer { bar.finish() }
        // What the server's settings say counts here, too.
        let found = try await Settings.found()
        func told(_ name: String) -> String? { found.first { $0.setting.name == name }?.values.first }
        let engines = try Engines.with(
            index: index ?? told("index"), objects: objects ?? told("objects"), acceptsUnsafe: true,
            isAlone: true)
        let document = try await OfflineVerification.run(
            dataDirectory: server.data.directory, on: engines, bytesPerSecond: rate?.bytesPerSecond
        ) {
            bar.update(.init(done: $0.done, total: $0.total, bytes: $0.bytes))
        }
        bar.finish()
        let job = try ClientJSON.decode(Job.self, from: .init(bytes: document))
        guard job.state == .done else {
            throw CommandFailure(job.error?.message ?? "The verification failed.", code: job.error?.code ?? "failed")
        }
        let result = job.result?.object ?? [:]
        if output.json { try Console.json(job) } else { show(result) }
        return result
    }

    private func show(_ result: JSONObject) {
        func count(_ name: String) -> Int64 { result[name]?.count ?? 0 }
        for damage in result["damaged"]?.items ?? [] {
            let fields = damage.object ?? [:]
            let moved = fields["quarantined"] == .bool(true) ? ", its file is in quarantine" : ""
            Console.output("\(fields["kind"]?.string ?? "damaged"): object \(fields["object"]?.string ?? "")\(moved)")
            for entry in fields["entries"]?.items ?? [] {
                let name = entry.object ?? [:]
                let path = "\(name["site"]?.string ?? "")/\(name["store"]?.string ?? "")/\(name["key"]?.string ?? "")"
                Console.output("  " + Terminal.output.name(path))
            }
        }
        if count("orphans") > 0 {
            Console.output("\(count("orphans")) files that nothing names: 'larder collect' removes them")
        }
        if count("foreign") > 0 { Console.output("\(count("foreign")) files under objects/ are not Larder's") }
        Console.output(
            """
            \(count("verified")) objects, \(Human.bytes(count("bytes"))) read: \(count("corrupt")) corrupt, \
            \(count("missing")) missing, \(count("unreadable")) unreadable
            """)
    }
}
