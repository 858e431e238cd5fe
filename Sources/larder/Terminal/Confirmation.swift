import LarderClient

/// A question to whoever sits at the terminal.
enum Confirmation {
    /// Whether somebody can be asked.
    static var isPossible: Bool { Terminal.input.isTerminal && Terminal.error.isTerminal }

    /// - Returns: whether the answer is yes; what is no answer is no.
    static func ask(_ question: String) async throws -> Bool {
        Console.write(Line("\(question) [y/N] ").shown(on: .error), to: 2)
        return ["y", "yes"].contains(try await LocalFile.line()?.lowercased())
    }
}
