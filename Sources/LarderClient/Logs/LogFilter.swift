public import FoundationEssentials

/// Which of those events count. They are filtered first, and then so many are taken.
public struct LogFilter: Sendable, Hashable {
    /// Only events whose ``LoggedEvent/at`` is this or later; nil: all.
    public var since: Date?
    /// Only events whose ``LoggedEvent/at`` is before this; nil: all.
    public var until: Date?
    /// Only events whose field `role` is one of these; empty: all.
    public var roles: [String]

    /// - Parameters:
    ///   - since: the first moment that counts; nil: from the beginning.
    ///   - until: the first moment that no longer counts; nil: to the end.
    ///   - roles: those that count; empty: all.
    public init(since: Date? = nil, until: Date? = nil, roles: [String] = []) {
        self.since = since
        self.until = until
        self.roles = roles
    }

    /// Every event.
    public static let all = LogFilter()

    /// Puts it into a request.
    func apply(to request: inout WireRequest) {
        if let since { request.query.append(("since", ClientJSON.text(since))) }
        if let until { request.query.append(("until", ClientJSON.text(until))) }
        for role in roles { request.query.append(("role", role)) }
    }
}
