public import Foundation

/// The state that a server had before it was set back to a snapshot, and that it still keeps.
public struct StateBefore: Codable, Sendable, Hashable {
    /// Where, on the server's machine.
    public var folder: String
    /// The snapshot that came in its place.
    public var snapshot: String
    /// When.
    public var at: Date
    /// Bytes of its files. What the present state has as well is on the disk once.
    public var bytes: Int64
}
