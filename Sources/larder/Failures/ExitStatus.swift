import LarderClient

/// The exit codes of the contract (§5).
enum ExitStatus: Int32 {
    case failed = 1
    case usage = 2
    case notFound = 3
    case precondition = 4
    case notAllowed = 5
    case overLimit = 6
    case unreachable = 7

    /// The one table from error codes to exit codes; what it doesn't name has ``failed``.
    private static let table: [LarderClientError.Code: ExitStatus] = [
        .invalidArgument: .usage, .invalidSite: .usage, .invalidStore: .usage, .invalidKey: .usage,
        .invalidMetadata: .usage,
        .invalidCondition: .usage,
        .notFound: .notFound,
        .preconditionFailed: .precondition,
        .unauthorized: .notAllowed, .forbidden: .notAllowed,
        .entryTooLarge: .overLimit, .tooManyRequests: .overLimit,
        .unreachable: .unreachable, .connectionLost: .unreachable, .timedOut: .unreachable, .unavailable: .unreachable,
    ]

    init(_ code: LarderClientError.Code) { self = Self.table[code] ?? .failed }
}
