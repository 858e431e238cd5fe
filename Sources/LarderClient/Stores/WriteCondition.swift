import NIOHTTP1

/// What must hold for a write to happen; else it throws `preconditionFailed`. Of several writers with one condition
/// exactly one wins.
public enum WriteCondition: Sendable, Hashable {
    /// No condition.
    case always
    /// The key has no entry yet.
    case ifNew
    /// The entry still has this ETag; with `*`: there is an entry. Quotes may be left out.
    case ifMatch(String)

    func apply(to headers: inout HTTPHeaders) {
        switch self {
        case .always: break
        case .ifNew: headers.replaceOrAdd(name: "if-none-match", value: "*")
        case .ifMatch(let etag): headers.replaceOrAdd(name: "if-match", value: Self.quoted(etag))
        }
    }

    static func quoted(_ etag: String) -> String {
        etag == "*" || etag.hasPrefix("\"") || etag.hasPrefix("W/") ? etag : "\"\(etag)\""
    }
}
