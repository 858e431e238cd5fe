import ArgumentParser
import Foundation
import LarderClient
import NIOCore

/// `larder append`
struct AppendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "append", abstract: "Add events to a run.",
        discussion: """
            Standard input (-) is an object, an array of objects, or an object a line; lines are sent as they come.

            When a run ends, its last event says: one without an agent whose status is completed, failed, error or \
            cancelled ('larder finish' appends one); one of any agent with a progress of 100; or one of pipeline, \
            system, quality_gate or completed with a finished status. A later event opens it again. Which agents end \
            a run, and whether progress does, a policy can say (endedBy, completeAt). docs/progress.md has it all.
            """)

    @Argument(help: "The project.") var project: String
    @Argument(help: "The run.") var run: String
    @Argument(help: "The event, a JSON object; - is standard input.") var event: String?
    @Option(help: "Who speaks.") var agent: String?
    @Option(help: "How it stands: started, completed, failed, …") var status: String?
    @Option(name: .shortAndLong, help: "A line for people.") var message: String?
    @Option(help: "0 to 100; 100 completes the run.") var progress: Double?
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    private var hasFields: Bool { agent != nil || status != nil || message != nil || progress != nil }

    func validate() throws {
        guard hasFields != (event != nil) else {
            throw ValidationError("Give an event, or --agent, --status, --message, --progress to make one.")
        }
        if let progress, !(0...100).contains(progress) { throw ValidationError("--progress is 0 to 100.") }
    }

    func run() async throws {
        try await server.withClient { client in
            let log = client.run(run, of: project)
            if let event, event != "-" {
                try ReceiptReport.show(try await log.append(json: Array(event.utf8)), output)
            } else if hasFields {
                try ReceiptReport.show(try await log.append(fields), output)
            } else {
                try await appendInput(to: log)
            }
        }
    }

    private func appendInput(to log: RunLog) async throws {
        var input = EventInput()
        for try await chunk in FileChunks.standardInput {
            for batch in try input.feed(chunk.readableBytesView) {
                try ReceiptReport.show(try await log.append(json: batch), output)
            }
        }
        for batch in try input.finish() { try ReceiptReport.show(try await log.append(json: batch), output) }
    }

    private var fields: JSONObject {
        var fields: JSONObject = ["timestamp": .string(ClientJSON.text(Date()))]
        fields["agent"] = agent.map { .string($0) }
        fields["status"] = status.map { .string($0) }
        fields["message"] = message.map { .string($0) }
        fields["progress"] = progress.map { number in Int64(exactly: number).map { .integer($0) } ?? .number(number) }
        return fields
    }
}
