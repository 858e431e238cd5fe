import ArgumentParser

/// Lets the options that commands share (``ServerOptions``, ``OutputOptions``) stand before the command as well as
/// behind it, and knows the commands' names.
enum ArgumentOrder {
    /// Whether each shared option takes a value.
    private static let shared: [String: Bool] = {
        var shared: [String: Bool] = [:]
        for name in ServerOptions.valueNames { shared["--\(name)"] = true }
        shared["--json"] = false
        return shared
    }()

    /// The arguments, with shared options in front of the command put behind it.
    /// - Throws: `ValidationError` for a command that there is not.
    static func normalized(_ arguments: [String]) throws -> [String] {
        var command: any ParsableCommand.Type = Larder.self
        var path: [String] = []
        var moved: [String] = []
        var rest = arguments[...]
        while let word = rest.first, !command.configuration.subcommands.isEmpty {
            let name = String(word.prefix { $0 != "=" })
            if let takesValue = shared[name] {
                let count = takesValue && name == word ? 2 : 1
                moved += rest.prefix(count)
                rest = rest.dropFirst(count)
            } else if let subcommand = command.configuration.subcommands.first(where: { $0._commandName == word }) {
                command = subcommand
                path.append(word)
                rest = rest.dropFirst()
            } else {
                try check(word, of: command, path)
                break
            }
        }
        return path + moved + rest
    }

    private static func check(_ word: String, of command: any ParsableCommand.Type, _ path: [String]) throws {
        guard !word.hasPrefix("-"), word != "help" else { return }
        let known = command.configuration.subcommands.map { $0._commandName }
        throw ValidationError(
            "There is no command '\((path + [word]).joined(separator: " "))'.\(Spelling.hint(word, known))")
    }
}
