public import FoundationEssentials

/// A credential, as an admin sees it.
public struct TokenInfo: Sendable, Codable, Hashable, Identifiable {
    /// Names the token for ``LarderClient/revokeToken(_:)``; no secret.
    public var id: String
    /// The secret: in the answer to
    /// ``LarderClient/createToken(scopes:site:stores:expiresIn:note:requestsPerSecond:bytesPerSecond:)`` only.
    public var token: String?
    /// `read`, `write`, `admin`.
    public var scopes: [String]
    /// The one site it is for; nil: all.
    public var site: String?
    /// Patterns of the stores it is for; nil: all.
    public var stores: [String]?
    public var note: String
    public var createdAt: Date
    /// From then on it is not valid; nil: never.
    public var expiresAt: Date?
    /// To the minute; nil: never used.
    public var lastUsedAt: Date?
    /// nil: what the server's default says.
    public var requestsPerSecond: Int?
    /// nil: what the server's default says.
    public var bytesPerSecond: Int64?
}

/// A link to one entry, for whoever has it.
public struct SignedLink: Sendable, Codable, Hashable {
    public var url: String
    public var expiresAt: Date
}
