/// A store: its policy, and what it holds.
public struct StoreInfo: Sendable, Hashable, Codable {
    /// The store's name.
    public var name: String
    /// What its `Stores/*.yaml` file says: the policy's name, or the policy as an object.
    public var policy: JSONValue
    /// Entries in it.
    public var entries: Int64
    /// Bytes of their contents.
    public var bytes: Int64
    /// Bytes they take as they are kept, each entry counted as if it were alone.
    public var storedBytes: Int64
    /// What rules took away since the store was made.
    public var removed: Removed

    /// Entries and events that rules took away, never a client.
    public struct Removed: Sendable, Hashable, Codable {
        /// Events beyond the cap of a log.
        public var cap: Int64
        /// Entries that were kept for as long as the policy says.
        public var cleanup: Int64
        /// Entries past their TTL.
        public var expired: Int64
    }
}
