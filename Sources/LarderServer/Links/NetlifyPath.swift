import LarderModel

/// How paths of the Netlify client name stores and entries (contract §4.1).
enum NetlifyPath {
    private static let sitePrefix = Array("site:".utf8)
    private static let deployPrefix = Array("deploy:".utf8)

    /// A store's name as clients send it: `site:<name>` is the store `<name>`, `deploy:…` is kept whole, and so is a
    /// bare name.
    static func store(_ wire: [UInt8]) throws(LarderError) -> StoreName {
        try StoreName(bytes: wire.starts(with: sitePrefix) ? Array(wire.dropFirst(sitePrefix.count)) : wire)
    }

    /// Bytes of the longest key that the client sends.
    static let keyMax = 600

    /// A key as the client may send it, already percent-decoded. Lists show it whatever key there is.
    /// - Throws: `LarderError` `.invalidKey`.
    static func key(_ bytes: [UInt8]) throws(LarderError) -> EntryKey {
        let key = try EntryKey(bytes: bytes)
        guard bytes.count <= keyMax else {
            throw LarderError(.invalidKey, "A key is at most \(keyMax) bytes here; this one has \(bytes.count).")
        }
        guard bytes[0] != UInt8(ascii: "/") else {
            throw LarderError(.invalidKey, "A key may not start with '/' here.")
        }
        guard isValidUTF8(bytes) else { throw LarderError(.invalidKey, "A key must be UTF-8 here.") }
        return key
    }

    /// What ``store(_:)`` reads.
    static func wireName(_ store: StoreName) -> [UInt8] {
        store.bytes.starts(with: deployPrefix) ? store.bytes : sitePrefix + store.bytes
    }

    /// The edge path of an entry, encoded so that URL code between here and back leaves it alone: where a segment of
    /// the key is `.` or `..`, the slashes are encoded too.
    static func encoded(_ name: EntryName) -> String {
        "/\(name.site)/\(PercentCoding.encode(wireName(name.store), keeping: ":"))/\(encoded(name.key))"
    }

    /// A key for a path, encoded so that URL code leaves it alone.
    static func encoded(_ key: EntryKey) -> String {
        let segments = key.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let hasDots = segments.contains { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }
        return PercentCoding.encode(key.bytes, keeping: hasDots ? "" : "/")
    }
}
