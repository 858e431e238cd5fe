/// Where following a log begins.
enum FollowStart: Sendable, Hashable {
    /// With the first event that is kept.
    case beginning
    /// Behind this sequence number.
    case after(Int64)
    /// With the newest so many.
    case tail(Int)
}
