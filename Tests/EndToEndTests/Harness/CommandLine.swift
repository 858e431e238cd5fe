extension LarderProcess {
    /// What makes a command ask this server as its admin.
    var clientEnvironment: [String: String] { get throws { ["LARDER_URL": try url, "LARDER_TOKEN": try token] } }

    /// Runs a command against this server, as a shell script would.
    func command(_ arguments: String..., environment: [String: String] = [:]) async throws -> Larder.Outcome {
        try await command(arguments, environment: environment)
    }

    func command(_ arguments: [String], environment: [String: String] = [:]) async throws -> Larder.Outcome {
        try await Larder.run(
            arguments, environment: try clientEnvironment.merging(environment) { _, new in new }, home: folder.path)
    }

    /// Runs a command on a terminal of its own, without colours, where somebody types. Its output is all that the
    /// terminal shows.
    func onTerminal(_ arguments: String..., typing text: String = "") async throws -> Larder.Outcome {
        try await onTerminal(arguments, typing: text)
    }

    func onTerminal(_ arguments: [String], typing text: String = "") async throws -> Larder.Outcome {
        let words = try ([Larder.binary()] + arguments).map { "'" + $0.replacing("'", with: #"'\''"#) + "'" }
        let environment = try clientEnvironment.map { "\($0.key)=\($0.value)" }
        let typed = text.replacing("\n", with: #"\n"#)
        return try await Tool.run(
            ["/usr/bin/env", "TERM=dumb", "SHELL=/bin/bash"] + environment + [
                "/bin/bash", "-c", "printf '\(typed)' | /usr/bin/script -qefc \"$0\" /dev/null",
                words.joined(separator: " "),
            ])
    }
}

extension Larder.Outcome {
    /// Its output, as the lines that it has.
    var outputLines: [String] { output.split(separator: "\n").map(String.init) }
}
