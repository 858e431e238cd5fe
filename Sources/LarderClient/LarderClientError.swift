/// What went wrong with a request: the one error type that this library throws (besides `CancellationError`).
public struct LarderClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure: compare with this, never with ``LarderClientError/message``.
    public let code: Code
    /// What happened and what to do about it, as the server or this library says it; one sentence or two.
    public let message: String
    /// The HTTP status of the answer; nil when there was no answer.
    public let status: Int?
    /// How long the server asked to wait before another try (`Retry-After`); nil when it didn't.
    public let retryAfter: Duration?

    package init(_ code: Code, _ message: String, status: Int? = nil, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.status = status
        self.retryAfter = retryAfter
    }

    /// Whether the server was not there, or only for a moment not.
    var isAbsence: Bool { [.unreachable, .connectionLost, .timedOut, .unavailable].contains(code) }

    /// `code: message`
    public var description: String { "\(code): \(message)" }
}
