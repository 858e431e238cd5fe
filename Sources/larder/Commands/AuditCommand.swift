import ArgumentParser
import LarderClient

/// `larder audit`
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Show what admins and jobs did, newest first.",
        discussion:
            """
            The server keeps the last 10,000 records: tokens, keys, jobs and what they removed, deletes of many entries.
            """
    )

    @Option(help: "How many records at most.") var limit = 50
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit is 1 or more.") }
    }

    func run() async throws {
        let records = try await server.withClient { try await $0.audit(limit: limit) }
        if output.json { return try Console.json(["records": records]) }
        var table = Table(header: ["when", "who", "act", "subject", "detail"])
        for record in records {
            let detail = try record.detail.map { String(decoding: try ClientJSON.encode($0), as: UTF8.self) } ?? ""
            table.add([
                Human.time(record.at), record.who, record.act,
                record.subject,
                detail,
            ])
        }
        Console.output(table.lines)
    }
}
