import ArgumentParser
import Foundation
import LarderClient

/// `larder finish`
struct FinishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "finish", abstract: "End a run.",
        discussion: """
            Appends an event without an agent: it speaks for the run itself, and ends it whatever the policy says of \
            agents. A later event opens the run again.
            """)

    @Argument(help: "The project.") var project: String
    @Argument(help: "The run.") var run: String
    @Flag(help: "It ended well.") var completed = false
    @Flag(help: "It ended badly.") var failed = false
    @Option(name: .shortAndLong, help: "A line for people.") var message: String?
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard completed != failed else { throw ValidationError("Say how the run ended: --completed or --failed.") }
    }

    func run() async throws {
        let receipt = try await server.withClient { client in
            let log = client.run(run, of: project)
            // A run that is not there is a slip of the pen, not one to be made.
            _ = try await log.read(tail: 0)
            return try await log.append(event)
        }
        try ReceiptReport.show(receipt, output)
    }

    private var event: JSONObject {
        var event: JSONObject = [
            "timestamp": .string(ClientJSON.text(Date())), "status": .string(completed ? "completed" : "failed"),
        ]
        event["message"] = message.map { .string($0) }
        return event
    }
}
