/// What a snapshot is to hold, and where it goes.
package struct BackupRequest: Sendable, Hashable, Codable {
    /// The address of its repository; nil: the server's own.
    package var to: String?
    /// Patterns of stores; nil: all.
    package var stores: [String]?
    /// nil: of all sites.
    package var site: String?
    /// Whether tokens, and the key that signs URLs, belong to it.
    package var secrets: Bool
    /// Of the snapshots of this Larder, how many are kept afterwards; nil: all.
    package var keepLast: Int?

    package init(
        to: String? = nil, stores: [String]? = nil, site: String? = nil, secrets: Bool = false, keepLast: Int? = nil
    ) {
        self.to = to
        self.stores = stores
        self.site = site
        self.secrets = secrets
        self.keepLast = keepLast
    }
}

/// Which snapshot is to be verified.
package struct BackupVerifyRequest: Sendable, Hashable, Codable {
    /// Its ID or name, or `latest`.
    package var id: String
    /// The address of its repository; nil: the server's own.
    package var to: String?
    /// Whether all its content is read.
    package var readAll: Bool

    package init(id: String, to: String? = nil, readAll: Bool = false) {
        self.id = id
        self.to = to
        self.readAll = readAll
    }
}
