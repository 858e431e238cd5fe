import ArgumentParser
import LarderClient
import NIOCore

/// `larder log append`
struct LogAppendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "append", abstract: "Add events to a log.",
        discussion: """
            Standard input (-) is an object, an array of objects, or an object a line; lines are sent as they come. \
            An event is kept byte for byte; its own timestamp, at or created_at is its time.
            """)

    @Argument(help: "The store.") var store: String
    @Argument(help: "The log's key, such as USER/CONVERSATION.") var key: String
    @Argument(help: "The event, a JSON object; - is standard input.") var event: String
    @Option(help: "Only if the log still has this ETag.") var ifMatch: String?
    @Flag(help: "Only if the log has no event.") var ifEmpty = false
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard ifMatch == nil || !ifEmpty else { throw ValidationError("--if-match and --if-empty exclude each other.") }
    }

    func run() async throws {
        try await server.withClient { client in
            let log = client.store(store).log(key)
            guard event == "-" else { return try await append(Array(event.utf8), to: log, condition) }
            try await appendInput(to: log)
        }
    }

    private var condition: WriteCondition { ifEmpty ? .ifNew : ifMatch.map { .ifMatch($0) } ?? .always }

    /// A condition holds for all that comes: each request after the first one asks for what the one before left.
    private func appendInput(to log: Log) async throws {
        var input = EventInput(), condition = condition
        for try await chunk in FileChunks.standardInput {
            for batch in try input.feed(chunk.readableBytesView) { try await append(batch, to: log, &condition) }
        }
        for batch in try input.finish() { try await append(batch, to: log, &condition) }
    }

    private func append(_ batch: [UInt8], to log: Log, _ condition: inout WriteCondition) async throws {
        let receipt = try await log.append(json: batch, condition: condition)
        if condition != .always { condition = receipt.etag.map { .ifMatch($0) } ?? .always }
        try ReceiptReport.show(receipt, output)
    }

    private func append(_ event: [UInt8], to log: Log, _ condition: WriteCondition) async throws {
        try ReceiptReport.show(try await log.append(json: event, condition: condition), output)
    }
}
