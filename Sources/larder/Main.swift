import ArgumentParser

/// Runs a command and turns what it throws into a line and an exit code.
@main
enum Main {
    static func main() async {
        do {
            var command = try Larder.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            FailureReport(error).exit()
        }
    }
}
