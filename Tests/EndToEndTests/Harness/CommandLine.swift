extension LarderProcess {
    /// What makes a command ask this server as its admin.
    var clientEnvironment: [String: String] { get throws { ["LARDER_URL": try url, "LARDER_TOKEN": try token] } }

    /// Runs a command against this server, as a shell script would.
    func command(_ arguments: String..., environment: [String: String] = [:]) async throws -> Larder.Outcome {
        try await Larder.run(
            arguments, environment: try clientEnvironment.merging(environment) { _, new in new }, home: folder.path)
    }
}

extension Larder.Outcome {
    /// Its output, as the lines that it has.
    var outputLines: [String] { output.split(separator: "\n").map(String.init) }
}
