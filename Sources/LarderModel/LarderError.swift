/// What went wrong, in words a person can act on.
///
/// The one error type that crosses a boundary in Larder: engines throw it, the faces turn ``code`` into an HTTP status,
/// the command line turns it into an exit code. Anything else that reaches a boundary is ``Code/internalError`` and
/// logged.
package struct LarderError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure. Raw values are the `code` of the JSON error document and never change meaning.
    package enum Code: String, Sendable, CaseIterable {
        case malformedRequest = "malformed_request"
        case invalidSite = "invalid_site"
        case invalidStore = "invalid_store"
        case invalidKey = "invalid_key"
        case invalidMetadata = "invalid_metadata"
        case invalidCondition = "invalid_condition"
        case invalidPolicy = "invalid_policy"
        case unauthorized
        case forbidden
        /// A change through the console's cookie that doesn't show where it comes from.
        case crossOrigin = "cross_origin"
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        case conflict
        /// A key that its store's policy does not call a log, where only a log will do.
        case notALog = "not_a_log"
        /// A store whose policy has no index, where something is searched.
        case notAVault = "not_a_vault"
        /// A vector that is none, or not of the kind that its vault keeps.
        case invalidVector = "invalid_vector"
        case preconditionFailed = "precondition_failed"
        case lengthRequired = "length_required"
        case entryTooLarge = "entry_too_large"
        case rangeNotSatisfiable = "range_not_satisfiable"
        case notJSON = "not_json"
        /// JSON, but not of the form that is needed; the message names the field.
        case invalidDocument = "invalid_document"
        /// An idempotency key that came with another body before.
        case idempotencyMismatch = "idempotency_mismatch"
        case unsupportedMediaType = "unsupported_media_type"
        case tooManyRequests = "too_many_requests"
        case targetTooLong = "target_too_long"
        case headersTooLarge = "headers_too_large"
        /// The client took too long to send its request.
        case requestTimeout = "request_timeout"
        case corruptEntry = "corrupt_entry"
        case internalError = "internal_error"
        /// The request asks for something in a way that is in the standards and not here.
        case notImplemented = "not_implemented"
        /// The server is busy beyond its queue or going down; a later try may succeed.
        case unavailable
        /// The database went away with the answer to a commit: the change may have happened or not.
        case outcomeUnknown = "outcome_unknown"
        /// An fsync failed: nothing is written until a restart, reads go on.
        case readOnly = "read_only"
        case diskFull = "disk_full"
    }

    /// What this node does not know and the index may, where other nodes change that too.
    package enum Unknown: Sendable, Equatable {
        case token, session, signature
        case namespace(NamespaceID)
    }

    /// The kind of failure.
    package let code: Code
    /// What happened and what to do about it. Safe to show to the client: it holds no path and no secret.
    package let message: String
    /// For the log only: the error below this one, or details a client has no business seeing.
    package let cause: String?
    /// The stated limit that this is about; nil: about none.
    package let limit: Limit?
    /// Why it may be otherwise: whoever can look in the index does so, and tries once more; nil: it is so.
    package let unknown: Unknown?

    package init(
        _ code: Code, _ message: String, cause: String? = nil, limit: Limit? = nil, unknown: Unknown? = nil
    ) {
        self.code = code
        self.message = message
        self.cause = cause
        self.limit = limit ?? (code == .entryTooLarge ? .content : nil)
        self.unknown = unknown
    }

    package var description: String {
        cause.map { "\(code.rawValue): \(message) (\($0))" } ?? "\(code.rawValue): \(message)"
    }

    /// The error as it crosses a boundary: itself, or an ``Code/internalError`` whose cause is for the log.
    package static func wrapping(_ error: any Error) -> LarderError {
        (error as? LarderError)
            ?? LarderError(.internalError, "Something failed inside the server; its log says what.", cause: "\(error)")
    }
}
