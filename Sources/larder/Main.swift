import ArgumentParser

/// Runs a command and turns what it throws into a line and an exit code.
@main
enum Main {
    static func main() async {
        do {
            try checkArguments()
            let parts = try ArgumentOrder.parts(of: Array(CommandLine.arguments.dropFirst()))
            SecretArguments.hide()
            let settings = try await Settings.added(to: parts)
            var command = try parse(parts, settings)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            FailureReport(error).exit()
        }
    }

    private static func parse(
        _ parts: ArgumentOrder.Parts, _ settings: [SettingValue]
    ) throws -> any ParsableCommand {
        do { return try Larder.parseAsRoot(parts.command + settings.flatMap(\.arguments) + parts.rest) } catch {
            throw ParsingFailure(error: error, added: settings)
        }
    }

    /// Swift would put U+FFFD in place of what is no UTF-8, and so name another thing than was meant.
    private static func checkArguments() throws {
        let arguments = UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc))
        for case let argument? in arguments.dropFirst() where String(validatingCString: argument) == nil {
            throw ValidationError("An argument is not UTF-8, as all names are.")
        }
    }
}
