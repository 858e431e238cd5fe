import ArgumentParser

/// Lets the options that commands share (``ServerOptions``, ``OutputOptions``) stand before the command as well as
/// behind it, and knows the commands' names.
enum ArgumentOrder {
    /// Whether each shared option takes a value.
    private static let shared: [String: Bool] = {
        var shared: [String: Bool] = [:]
        for setting in Setting.shared { shared[setting.flag] = !setting.isSwitch }
        shared["--json"] = false
        return shared
    }()

    /// Arguments, taken apart.
    struct Parts {
        /// The command's name, such as `token list`.
        var command: [String] = []
        /// Whether it is one that does something, and no group of such.
        var isWhole = false
        /// What stands behind it; shared options that stood in front of it come first.
        var rest: [String] = []
    }

    /// - Throws: `ValidationError` for a command that there is not.
    static func parts(of arguments: [String]) throws -> Parts {
        var command: any ParsableCommand.Type = Larder.self
        var parts = Parts()
        var moved: [String] = []
        var rest = arguments[...]
        while let word = rest.first, !command.configuration.subcommands.isEmpty {
            let name = String(word.prefix { $0 != "=" })
            if word.hasPrefix("-"), let takesValue = shared[name] {
                let count = takesValue && name == word ? 2 : 1
                moved += rest.prefix(count)
                rest = rest.dropFirst(count)
            } else if let subcommand = command.configuration.subcommands.first(where: { $0._commandName == word }) {
                command = subcommand
                parts.command.append(word)
                rest = rest.dropFirst()
            } else {
                try check(word, of: command, parts.command)
                break
            }
        }
        parts.isWhole = command.configuration.subcommands.isEmpty
        parts.rest = moved + rest
        return parts
    }

    private static func check(_ word: String, of command: any ParsableCommand.Type, _ path: [String]) throws {
        guard !word.hasPrefix("-"), word != "help" else { return }
        let known = command.configuration.subcommands.map { $0._commandName }
        throw ValidationError(
            "There is no command '\((path + [word]).joined(separator: " "))'.\(Spelling.hint(word, known))")
    }
}
