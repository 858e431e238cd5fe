package import LarderModel

/// What came of a request that did not do what it was for. It holds nothing of an answer but its code and number: what
/// else a service says of a refusal may repeat what was signed.
package enum S3Failure: Error, Sendable, CustomStringConvertible {
    /// The service answered, and not as it should.
    /// - Parameter code: as its document says; empty: it had none.
    case answered(status: UInt, code: String, request: String)
    /// There was no whole answer.
    case lost(String)

    /// Whether a later try may come to another end.
    package var mayPass: Bool {
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

    package var status: UInt? { if case .answered(let status, _, _) = self { status } else { nil } }
    package var code: String { if case .answered(_, let code, _) = self { code } else { "" } }

    /// Whether the service has no room for more.
    package var isFull: Bool { status == 507 || Self.fullCodes.contains(code) }

    private static let fullCodes: Set<String> = [
        "InsufficientCapacity", "QuotaExceeded", "StorageFull", "XMinioStorageFull",
    ]

    package var description: String {
        switch self {
        case .lost(let cause): cause
        case .answered(let status, let code, let request):
            "HTTP \(status)" + (code.isEmpty ? "" : " \(code)") + (request.isEmpty ? "" : " (request \(request))")
        }
    }
}

extension S3Client {
    /// What went wrong, for clients.
    package func error(_ failure: S3Failure) -> LarderError {
        let end = failure.mayPass ? use.whenAway : use.whenRefused
        return LarderError(
            .unavailable, "\(use.bucket) \(failure.mayPass ? "can't be reached" : "refuses this server")\(end)",
            cause: "bucket: \(failure)")
    }
}
