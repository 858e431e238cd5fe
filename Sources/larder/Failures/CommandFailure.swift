/// A failure that a command itself finds.
struct CommandFailure: Error {
    /// The code of the error document.
    var code: String
    /// One line.
    var message: String
    var status: ExitStatus

    init(_ message: String, code: String = "failed", status: ExitStatus = .failed) {
        self.message = message
        self.code = code
        self.status = status
    }

    static func notFound(_ message: String) -> CommandFailure {
        CommandFailure(message, code: "not_found", status: .notFound)
    }

    static func usage(_ message: String) -> CommandFailure { CommandFailure(message, code: "usage", status: .usage) }
}
