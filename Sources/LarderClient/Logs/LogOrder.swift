/// The order of a list of logs.
public enum LogOrder: String, Sendable, Hashable, CaseIterable {
    /// By the bytes of the key.
    case key
    /// The one with the newest event first.
    case newest
}
