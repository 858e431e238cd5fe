import Foundation

/// What to list of a store.
package struct ListQuery: Sendable {
    package enum Order: String, Sendable, CaseIterable {
        /// By the bytes of the key.
        case key
        /// Last modified first; entries of one millisecond by key, descending.
        case newest
        /// Last modified last.
        case oldest
    }

    /// Only keys that start with these bytes.
    package var prefix: [UInt8]
    /// Only keys with this text in them, wherever; nil: all. Only with order `key`, and without directories.
    package var contains: SearchText?
    /// Whether keys with a `/` behind the prefix are rolled up into directories. Only with order `key`.
    package var directories: Bool
    /// Whether what lies below each directory is counted.
    package var sizes: Bool
    package var order: Order
    /// Entries and directories on one page, 1 to ``maxLimit``.
    package var limit: Int
    /// Where the page starts; nil: at the beginning.
    package var cursor: ListCursor?

    package static let maxLimit = 1_000

    package init(
        prefix: [UInt8] = [], contains: SearchText? = nil, directories: Bool = false, sizes: Bool = false,
        order: Order = .key, limit: Int = maxLimit, cursor: ListCursor? = nil
    ) {
        self.prefix = prefix
        self.contains = contains
        self.directories = directories
        self.sizes = sizes
        self.order = order
        self.limit = limit
        self.cursor = cursor
    }
}

/// A page of a list.
package struct ListPage: Sendable {
    package var entries: [Entry]
    /// Named in full from the store's root, without the trailing slash, in key order.
    package var directories: [[UInt8]]
    /// One for each directory, where they were asked for; nil: it was not counted, there was too much before it.
    package var sizes: [DirectorySize?] = []
    /// Where the next page starts; nil: this was the last.
    package var next: ListCursor?

    package init(entries: [Entry] = [], directories: [[UInt8]] = [], next: ListCursor? = nil) {
        self.entries = entries
        self.directories = directories
        self.next = next
    }
}

/// What lies below a directory of a list.
package struct DirectorySize: Sendable, Equatable {
    package var entries: Int64
    /// Plain bytes.
    package var bytes: Int64
    /// Whether there is more than was counted.
    package var isPartial: Bool

    package init(entries: Int64, bytes: Int64, isPartial: Bool) {
        self.entries = entries
        self.bytes = bytes
        self.isPartial = isPartial
    }
}

/// A place between two items of a list. It names the last item given, not a count, so it stays right while keys come
/// and go.
package enum ListCursor: Sendable, Hashable {
    /// Behind this key.
    case afterKey([UInt8])
    /// Behind everything that starts with these bytes (a directory with its slash).
    case afterPrefix([UInt8])
    /// Behind this entry in order of time.
    case afterTime(Timestamp, key: [UInt8])

    /// Opaque text for the wire, of characters that need no encoding in a query.
    package var text: String {
        var bytes: [UInt8]
        switch self {
        case .afterKey(let key): bytes = [UInt8(ascii: "k")] + key
        case .afterPrefix(let prefix): bytes = [UInt8(ascii: "p")] + prefix
        case .afterTime(let time, let key):
            bytes = [UInt8(ascii: "t")]
            withUnsafeBytes(of: time.milliseconds.bigEndian) { bytes.append(contentsOf: $0) }
            bytes += key
        }
        return Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
            "=", with: "")
    }

    /// Characters of the longest ``text``: a key of the greatest length behind a letter and a time, in base64.
    private static let textMax = (EntryKey.maxBytes + 9 + 2) / 3 * 4

    /// - Throws: ``LarderError`` `.malformedRequest` for text that ``text`` never made.
    package init(text: String) throws(LarderError) {
        let padded =
            text.replacing("-", with: "+").replacing("_", with: "/")
            + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        guard text.utf8.count <= Self.textMax, let data = Data(base64Encoded: padded), let kind = data.first else {
            throw Self.malformed
        }
        let rest = Array(data.dropFirst())
        switch kind {
        case UInt8(ascii: "k") where !rest.isEmpty: self = .afterKey(rest)
        case UInt8(ascii: "p") where !rest.isEmpty: self = .afterPrefix(rest)
        case UInt8(ascii: "t") where rest.count > 8:
            self = .afterTime(
                Timestamp(milliseconds: rest.prefix(8).reduce(0) { $0 << 8 | Int64($1) }), key: Array(rest.dropFirst(8))
            )
        default: throw Self.malformed
        }
    }

    private static var malformed: LarderError {
        LarderError(.malformedRequest, "The cursor is not one that this server gave; start again without it.")
    }
}

extension Collection<UInt8> {
    /// The smallest bytes behind everything that starts with these, or nil when nothing is (all bytes are 0xFF, or
    /// there are none).
    package var endOfPrefix: [UInt8]? {
        var end = Array(self)
        while let last = end.last {
            if last < 0xFF {
                end[end.count - 1] = last + 1
                return end
            }
            end.removeLast()
        }
        return nil
    }
}

/// What a store holds, from counters kept in the same transactions as its entries.
package struct StoreSummary: Sendable, Hashable {
    package var site: SiteID
    package var name: StoreName
    package var entries: Int64
    /// Plain bytes of all entries.
    package var bytes: Int64
    /// Bytes as kept, before deduplication.
    package var storedBytes: Int64
    package var removed: Removed
    /// What names it on the KV face; nil: it was not shown there yet.
    package var namespace: NamespaceID?

    /// Entries and events that rules took away.
    package struct Removed: Sendable, Hashable {
        /// Events beyond a log's cap.
        package var cap: Int64
        /// Entries beyond their `keep`.
        package var cleanup: Int64
        /// Entries beyond their TTL.
        package var expired: Int64
        package init(cap: Int64 = 0, cleanup: Int64 = 0, expired: Int64 = 0) {
            self.cap = cap
            self.cleanup = cleanup
            self.expired = expired
        }
    }

    package init(
        site: SiteID, name: StoreName, entries: Int64, bytes: Int64, storedBytes: Int64, removed: Removed,
        namespace: NamespaceID? = nil
    ) {
        self.site = site
        self.name = name
        self.entries = entries
        self.bytes = bytes
        self.storedBytes = storedBytes
        self.removed = removed
        self.namespace = namespace
    }
}
