import ArgumentParser
import LarderClient
import LarderModel

/// `larder backup create`
struct BackupCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Have the server make a snapshot.",
        discussion: "Writes go on meanwhile. Content that the repository has already is not sent again.")

    @Option(name: .customLong("store"), help: "A pattern of stores; may be repeated. (default: all of them)")
    var stores: [String] = []
    @Flag(help: "Take the hashes of tokens and the key that signs URLs along.") var secrets = false
    @Option(help: "The repository, as the server reaches it. (default: its --backup-to)") var to: String?
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let call = JobCall(server: server, output: output, unit: "contents")
        let job = try await call.run {
            try await $0.backup(to: to, stores: stores.isEmpty ? nil : stores, secrets: secrets)
        } show: {
            show($0["made"]?.object ?? [:])
        }
        let damaged = job.result?.object?["made"]?.object?["damaged"]?.items ?? []
        if !damaged.isEmpty { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    private func show(_ made: JSONObject) {
        let counts = made["counts"]?.object ?? [:]
        func count(_ name: String) -> Int64 { counts[name]?.count ?? 0 }
        for holder in made["takenOver"]?.items ?? [] {
            Console.output("took over the lock of \(holder.string ?? ""), which was dead")
        }
        for digest in made["damaged"]?.items ?? [] {
            Console.output("damaged here, and so not in it: content \(digest.string ?? "")")
        }
        Console.output(
            """
            \(made["snapshot"]?.string ?? ""): \(Human.entries(count("entries"))), \(count("logs")) logs with \
            \(Human.events(count("events"))) in \(count("stores")) stores; \
            \(made["newObjects"]?.count ?? 0) new contents, \(Human.bytes(made["newBytes"]?.count ?? 0)) written
            """)
    }
}
