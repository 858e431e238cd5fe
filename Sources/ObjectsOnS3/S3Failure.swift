import LarderModel

/// What came of a request that did not do what it was for. It holds nothing of an answer but its code and number: what
/// else a service says of a refusal may repeat what was signed.
enum S3Failure: Error, Sendable, CustomStringConvertible {
    /// The service answered, and not as it should.
    /// - Parameter code: as its document says; empty: it had none.
    case answered(status: UInt, code: String, request: String)
    /// There was no whole answer.
    case lost(String)

    /// Whether a later try may come to another end.
    var mayPass: Bool {
        switch self {
        case .lost: true
        case .answered(let status, let code, _):
            [429, 500, 502, 503, 504].contains(status) || Self.passingCodes.contains(code)
                // An error in a document that was announced as a success.
                || status == 200 && !Self.lastingCodes.contains(code)
        }
    }

    private static let passingCodes: Set<String> = [
        "InternalError", "OperationAborted", "RequestTimeout", "ServiceUnavailable", "SlowDown", "Throttling",
        "ThrottlingException", "503 SlowDown",
    ]
    private static let lastingCodes: Set<String> = [
        "AccessDenied", "EntityTooSmall", "InvalidPart", "InvalidPartOrder", "NoSuchBucket", "NoSuchKey",
        "NoSuchUpload", "PreconditionFailed",
    ]

    var status: UInt? { if case .answered(let status, _, _) = self { status } else { nil } }
    var code: String { if case .answered(_, let code, _) = self { code } else { "" } }

    var description: String {
        switch self {
        case .lost(let cause): cause
        case .answered(let status, let code, let request):
            "HTTP \(status)" + (code.isEmpty ? "" : " \(code)") + (request.isEmpty ? "" : " (request \(request))")
        }
    }

    /// What went wrong, for clients.
    var larderError: LarderError {
        LarderError(
            .unavailable,
            mayPass
                ? "The bucket that keeps large content can't be reached, so nothing was done; small content goes on. "
                    + "Try again in a moment."
                : "The bucket that keeps large content refuses this server, so nothing was done; small content goes on."
                    + " The server's log says why.",
            cause: "bucket: \(self)")
    }
}
