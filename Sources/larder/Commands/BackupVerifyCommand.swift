import ArgumentParser
import LarderModel
import Snapshots

/// `larder backup verify`
struct BackupVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Look whether all that a snapshot names is in the repository.",
        discussion: "With --read-all all of it is read and hashed. Exit 1 when something is missing or damaged.")

    @Argument(help: "Its ID or name, or latest.") var id: String
    @Flag(help: "Read all content, and compare it with its SHA-256.") var readAll = false
    @OptionGroup var repository: RepositoryOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let result = try await BackupCommand.reporting {
            let repository = try await repository.open(server)
            let name = try await SnapshotCatalog(repository).find(
                id, larder: BackupCommand.larder(in: server.data.directory))
            let bar = JobBar("Verification", unit: "contents", isPlainSilent: output.json)
            defer { bar.finish() }
            return try await SnapshotVerification(name, in: repository, readsAll: readAll).run {
                bar.update(.init(done: $0.done, total: $0.total, bytes: $0.bytes))
            }
        }
        if output.json { try Console.json(result) } else { show(result) }
        if !result.isClean { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    private func show(_ result: VerificationResult) {
        for digest in result.missing { Console.output("missing: content \(digest)") }
        for digest in result.damaged { Console.output("damaged: content \(digest)") }
        for name in result.entries {
            Console.output("  " + Terminal.output.name("\(name.site)/\(name.store)/\(name.key)"))
        }
        let read = readAll ? ", \(Human.bytes(result.bytes)) read" : ""
        Console.output(
            "\(result.snapshot): \(result.objects) contents\(read): \(result.missing.count) missing, "
                + "\(result.damaged.count) damaged")
    }
}
