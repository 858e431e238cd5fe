/// Which events of a log are read. However they are asked for, they come oldest first.
public enum LogPart: Sendable, Hashable {
    /// The newest so many.
    case tail(Int)
    /// The first events behind this sequence number.
    case after(Int64)
    /// The newest events in front of this sequence number.
    case before(Int64)

    /// Puts it into a request.
    func apply(limit: Int?, to request: inout WireRequest) {
        switch self {
        case .tail(let count): request.query.append(("tail", "\(count)"))
        case .after(let seq): request.query.append(("after", "\(seq)"))
        case .before(let seq): request.query.append(("before", "\(seq)"))
        }
        if let limit { request.query.append(("limit", "\(limit)")) }
    }
}
