/// A namespace of the KV face: a store, and what names it there for good.
public struct KVNamespaceInfo: Sendable, Hashable, Codable {
    /// 32 hexadecimal digits.
    public var id: String
    /// The store's name.
    public var title: String

    public init(id: String, title: String) {
        self.id = id
        self.title = title
    }
}

/// A key of a namespace, as its list shows it.
public struct KVKeyInfo: Sendable, Hashable, Codable {
    public var name: String
    /// When it goes, in seconds since 1970; nil: not by itself.
    public var expiration: Int64?
    /// Any JSON; nil: none.
    public var metadata: JSONValue?
}
