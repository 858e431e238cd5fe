/// A tenant: 1–64 of `A-Za-z0-9._-`, not a reserved word, not starting with a dot. Nothing crosses sites.
package struct SiteID: Hashable, Sendable, CustomStringConvertible {
    package let text: String
    package var description: String { text }

    /// The site of a request that names none.
    package static let `default` = SiteID(unchecked: "default")

    /// Where stores go that were removed, until their entries are: no site that a client can name.
    package static let removed = SiteID(unchecked: "")

    /// First path segments that the server keeps for itself, so no site may be called so.
    package static let reserved: Set<String> = [
        "v1", "api", "client", "console", "docs", "healthz", "readyz", "metrics", "version", "openapi.json",
        "favicon.ico",
    ]

    private init(unchecked text: String) { self.text = text }

    /// - Throws: ``LarderError`` `.invalidSite`.
    package init(_ text: String) throws(LarderError) {
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else {
            throw LarderError(.invalidSite, "A site ID is 1 to 64 of A-Z a-z 0-9 . _ - ; this one is not.")
        }
        guard text.utf8.first != UInt8(ascii: "."), !Self.reserved.contains(text) else {
            throw LarderError(.invalidSite, "The site ID '\(text)' is reserved; choose another.")
        }
        self.text = text
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// A store's name within its site: 1–64 bytes of UTF-8 without `/`. Compared byte for byte: two spellings of `é` are
/// two stores.
package struct StoreName: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]
    package var text: String { String(decoding: bytes, as: UTF8.self) }
    package var description: String { text }

    package static let maxBytes = 64

    /// - Throws: ``LarderError`` `.invalidStore`.
    package init(_ text: String) throws(LarderError) { try self.init(bytes: Array(text.utf8)) }

    /// - Parameter bytes: the name, already percent-decoded.
    /// - Throws: ``LarderError`` `.invalidStore`.
    package init(bytes: [UInt8]) throws(LarderError) {
        guard (1...Self.maxBytes).contains(bytes.count) else {
            throw LarderError(
                .invalidStore, "A store name is 1 to \(Self.maxBytes) bytes; this one has \(bytes.count).")
        }
        guard isValidUTF8(bytes) else { throw LarderError(.invalidStore, "A store name must be UTF-8.") }
        guard !bytes.contains(UInt8(ascii: "/")), !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw LarderError(.invalidStore, "A store name may not hold '/' or control characters.")
        }
        self.bytes = bytes
    }
}

/// An entry's key within its store: 1–1,024 bytes, whatever they are. Opaque: never normalised, compared byte for byte
/// (Swift's `String` would hold two spellings of `é` equal), ordered by bytes. A face may take fewer.
package struct EntryKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let bytes: [UInt8]
    /// For people: U+FFFD stands for what is no UTF-8.
    package var text: String { String(decoding: bytes, as: UTF8.self) }
    package var description: String { text }

    package static let maxBytes = 1_024
    /// Behind every key, in the order of bytes.
    package static let end = [UInt8](repeating: 0xFF, count: maxBytes + 1)

    /// - Throws: ``LarderError`` `.invalidKey`.
    package init(_ text: String) throws(LarderError) { try self.init(bytes: Array(text.utf8)) }

    /// - Parameter bytes: the key, already percent-decoded.
    /// - Throws: ``LarderError`` `.invalidKey`.
    package init(bytes: [UInt8]) throws(LarderError) {
        guard !bytes.isEmpty else {
            throw LarderError(.invalidKey, "The key is empty; name the entry after the store.")
        }
        guard bytes.count <= Self.maxBytes else {
            throw LarderError(.invalidKey, "A key is at most \(Self.maxBytes) bytes; this one has \(bytes.count).")
        }
        self.bytes = bytes
    }

    /// A key read back from the index, where only valid keys are.
    package init(trusted bytes: [UInt8]) { self.bytes = bytes }

    package static func < (a: EntryKey, b: EntryKey) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
}

/// The full name of an entry. Two entries are the same exactly when all three parts are.
package struct EntryName: Hashable, Sendable, CustomStringConvertible {
    package let site: SiteID
    package let store: StoreName
    package let key: EntryKey

    package init(site: SiteID, store: StoreName, key: EntryKey) {
        self.site = site
        self.store = store
        self.key = key
    }

    package var description: String { "\(site)/\(store)/\(key)" }

    /// By key first: sites and stores are few, so most lookups differ there.
    package static func == (a: EntryName, b: EntryName) -> Bool {
        a.key == b.key && a.store == b.store && a.site == b.site
    }
}

/// Whether the bytes are well-formed UTF-8 (no overlong forms, no surrogates: Unicode 15 §3.9, table 3-7).
package func isValidUTF8(_ bytes: some Collection<UInt8>) -> Bool {
    if bytes.allSatisfy({ $0 < 0x80 }) { return true }
    return String(validating: bytes, as: UTF8.self) != nil
}
