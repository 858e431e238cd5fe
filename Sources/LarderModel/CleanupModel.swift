/// Why an entry goes.
package enum RemovalCause: String, Sendable, Hashable, Codable {
    /// Its rule's `keep`, or an admin's `olderThan`, has passed since its last change.
    case age
    /// Its TTL has passed.
    case ttl
}

/// A store as housekeeping meets it.
package struct StoreHandle: Sendable, Hashable {
    /// The index's own number of it; ascending in the order the stores were made.
    package let id: Int64
    package let site: SiteID
    package let name: StoreName

    package init(id: Int64, site: SiteID, name: StoreName) {
        self.id = id
        self.site = site
        self.name = name
    }
}

/// An entry that could go, as it was when it was found.
package struct AgedEntry: Sendable, Hashable {
    package let key: EntryKey
    package let modifiedAt: Timestamp
    package let size: Int64
    package let expiresAt: Timestamp?

    package init(key: EntryKey, modifiedAt: Timestamp, size: Int64, expiresAt: Timestamp?) {
        self.key = key
        self.modifiedAt = modifiedAt
        self.size = size
        self.expiresAt = expiresAt
    }
}

/// Where in an order by time a walk is: behind this entry.
package struct TimePosition: Sendable, Hashable {
    package let time: Timestamp
    package let store: Int64
    package let key: [UInt8]

    package init(time: Timestamp, store: Int64, key: [UInt8]) {
        self.time = time
        self.store = store
        self.key = key
    }

    package static let start = TimePosition(time: Timestamp(milliseconds: .min), store: 0, key: [])
}
