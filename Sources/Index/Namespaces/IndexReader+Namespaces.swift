package import LarderModel

extension IndexReader {
    /// Every namespace of every site.
    package func namespaces() throws -> [StoreNamespace] {
        var found: [StoreNamespace] = []
        try db.each("SELECT id, site, name, namespace FROM stores WHERE namespace IS NOT NULL AND site <> ''") { _ in
        } _: {
            guard let id = NamespaceID(bytes: $0.rawBytes(3)) else {
                throw IndexDamage(what: "a namespace ID of the wrong length")
            }
            let store = StoreHandle(
                id: $0.int64(0), site: try SiteID($0.string(1)), name: try StoreName(bytes: $0.bytes(2)))
            found.append(StoreNamespace(id: id, store: store))
            return true
        }
        return found
    }

    /// The store of a namespace; nil: there is no such namespace.
    package func namespace(_ id: NamespaceID) throws -> StoreHandle? {
        try db.one("SELECT id, site, name FROM stores WHERE namespace = ?1 AND site <> ''") {
            $0.set(1, id.bytes)
        } _: {
            StoreHandle(id: $0.int64(0), site: try SiteID($0.string(1)), name: try StoreName(bytes: $0.bytes(2)))
        }
    }

    /// The numbers of stores that were removed and still hold something, first removed first, at most `limit`.
    package func removedStores(limit: Int) throws -> [Int64] {
        var found: [Int64] = []
        try db.each(
            """
            SELECT id FROM stores
            WHERE site = '' AND (SELECT SUM(entries) FROM store_counts WHERE store = stores.id) > 0
            ORDER BY id LIMIT ?1
            """
        ) {
            $0.set(1, limit)
        } _: {
            found.append($0.int64(0))
            return true
        }
        return found
    }

    /// Whether a store holds a log.
    package func holdsLogs(_ store: Int64) throws -> Bool {
        try db.one("SELECT 1 FROM logs WHERE store = ?1 AND shown <> 0 LIMIT 1") {
            $0.set(1, store)
        } _: { _ in
            true
        } ?? false
    }

    /// How many entries a store holds, expired ones too.
    package func entryCount(of store: Int64) throws -> Int64 {
        try db.one("SELECT CAST(COALESCE(SUM(entries), 0) AS BIGINT) FROM store_counts WHERE store = ?1") {
            $0.set(1, store)
        } _: {
            $0.int64(0)
        } ?? 0
    }
}
