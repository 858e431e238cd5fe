import ArgumentParser
import LarderClient

/// `larder backup discard-before`
struct BackupDiscardBeforeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard-before",
        abstract: "Have the server remove the state that it had before 'restore --replace'.",
        discussion: "'larder stats' says how large it is. What the present state has as well stays.")

    @OptionGroup var server: ServerOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let call = JobCall(server: server, output: output, unit: "states")
        try await call.run {
            try await $0.discardBefore()
        } show: { result in
            guard let removed = result["removed"]?.string else {
                return Console.output("there is no state before a restore")
            }
            Console.output("removed \(removed), \(Human.bytes(result["bytes"]?.count ?? 0))")
        }
    }
}
