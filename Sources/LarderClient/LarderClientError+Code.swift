extension LarderClientError {
    /// A kind of failure. The server's own codes come through unchanged, also ones that this version has no name for.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The word on the wire: `not_found`.
        public let rawValue: String
        /// A code of this spelling; any text is allowed.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The word on the wire.
        public var description: String { rawValue }

        /// 400: the request can't be understood.
        public static let malformedRequest = Code(rawValue: "malformed_request")
        /// 400: not a site ID.
        public static let invalidSite = Code(rawValue: "invalid_site")
        /// 400: not a store name.
        public static let invalidStore = Code(rawValue: "invalid_store")
        /// 400 or 414: not a key.
        public static let invalidKey = Code(rawValue: "invalid_key")
        /// 400: metadata is not a JSON object, or is over 2 KiB.
        public static let invalidMetadata = Code(rawValue: "invalid_metadata")
        /// 400: a condition is not an ETag.
        public static let invalidCondition = Code(rawValue: "invalid_condition")
        /// 401: no token, or one that the server doesn't know.
        public static let unauthorized = Code(rawValue: "unauthorized")
        /// 403: the token doesn't allow this.
        public static let forbidden = Code(rawValue: "forbidden")
        /// 404: no such entry, store or run. Also no such file or folder to send.
        public static let notFound = Code(rawValue: "not_found")
        /// 405: this can't be done to such a resource.
        public static let methodNotAllowed = Code(rawValue: "method_not_allowed")
        /// 409: the request clashes with what is there.
        public static let conflict = Code(rawValue: "conflict")
        /// 409: the key is no log by its store's policy.
        public static let notALog = Code(rawValue: "not_a_log")
        /// 412: the condition of a write doesn't hold.
        public static let preconditionFailed = Code(rawValue: "precondition_failed")
        /// 411: the server needs to know the length beforehand.
        public static let lengthRequired = Code(rawValue: "length_required")
        /// 413: the content is larger than the store's policy allows; also a body larger than `collect(upTo:)` allows.
        public static let entryTooLarge = Code(rawValue: "entry_too_large")
        /// 416: the range lies outside the content.
        public static let rangeNotSatisfiable = Code(rawValue: "range_not_satisfiable")
        /// 422: not JSON where JSON is needed; also an entry that doesn't decode as the type asked for.
        public static let notJSON = Code(rawValue: "not_json")
        /// 422: JSON of another form than is needed; the message names the field.
        public static let invalidDocument = Code(rawValue: "invalid_document")
        /// 422: an idempotency key that came with another body before.
        public static let idempotencyMismatch = Code(rawValue: "idempotency_mismatch")
        /// 415: not a content type that this request takes.
        public static let unsupportedMediaType = Code(rawValue: "unsupported_media_type")
        /// 429: too many requests, and retries didn't help.
        public static let tooManyRequests = Code(rawValue: "too_many_requests")
        /// 500: the entry's bytes are damaged on disk; also bytes that arrived damaged (see `verify:`).
        public static let corruptEntry = Code(rawValue: "corrupt_entry")
        /// 500: something failed inside the server.
        public static let internalError = Code(rawValue: "internal_error")
        /// 501: the request is in a form that the server doesn't read.
        public static let notImplemented = Code(rawValue: "not_implemented")
        /// 503: busy or going down, and retries didn't help.
        public static let unavailable = Code(rawValue: "unavailable")
        /// 503: the server lost its database while it committed a write, which may have happened.
        public static let outcomeUnknown = Code(rawValue: "outcome_unknown")
        /// 503: the server takes no writes until it is restarted.
        public static let readOnly = Code(rawValue: "read_only")
        /// 507: the server's disk is full.
        public static let diskFull = Code(rawValue: "disk_full")

        /// No connection could be made: no such host, nothing listens, TLS failed, or 10 s passed.
        public static let unreachable = Code(rawValue: "unreachable")
        /// The connection broke before the answer was complete. Whether a write happened is unknown.
        public static let connectionLost = Code(rawValue: "connection_lost")
        /// The server was silent for too long. Whether a write happened is unknown.
        public static let timedOut = Code(rawValue: "timed_out")
        /// The answer is not one that a Larder server gives.
        public static let invalidResponse = Code(rawValue: "invalid_response")
        /// The server's URL, or a value given to this library, can't be used.
        public static let invalidArgument = Code(rawValue: "invalid_argument")
        /// A local file can't be read or written, or changed while it was sent.
        public static let fileError = Code(rawValue: "file_error")
        /// Content was written to a pipe whose reader has gone.
        public static let brokenPipe = Code(rawValue: "broken_pipe")
    }
}
