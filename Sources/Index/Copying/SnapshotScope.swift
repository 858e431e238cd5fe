import LarderModel

/// Which rows belong to a snapshot: those of some stores, or of all that were not removed.
package struct SnapshotScope: Sendable, Hashable {
    /// Numbers of stores; nil: all that were not removed.
    package let stores: [Int64]?
    /// Whether tokens belong to it.
    package let hasSecrets: Bool
    /// Whether what writes and deletions replaced belongs to it.
    package let hasVersions: Bool

    package init(stores: [Int64]?, hasSecrets: Bool, hasVersions: Bool = true) {
        self.stores = stores
        self.hasSecrets = hasSecrets
        self.hasVersions = hasVersions
    }

    /// The tables that it holds rows of, in an order in which they can be restored, each with the columns that are kept
    /// and the condition under which a row belongs to it. A table that a later migration adds belongs to it by itself:
    /// what it is about its columns say.
    package var tables: [SchemaTable] { Schema.tables.compactMap(narrowed) }

    private func narrowed(_ table: SchemaTable) -> SchemaTable? {
        switch table.name {
        // What runs, or ran, here; and what cleaning up has left to do.
        case "jobs": return nil
        case "tokens": return hasSecrets ? table : nil
        case Self.versions where !hasVersions: return nil
        case "audit": return stores == nil ? table : nil
        case "stores": return stores == nil ? table : table.where("id IN (\(storeList))")
        case Schema.objects.name: return objects
        default: break
        }
        if table.columns.contains(.init(name: "store", kind: .integer)) {
            return table.where("store IN (\(storeList))")
        }
        if table.index(of: "log") != nil {
            return table.where("log IN (SELECT id FROM logs WHERE store IN (\(storeList)))")
        }
        if table.index(of: "site") != nil, table.index(of: "store") != nil {
            return table.where("(site, store) IN (SELECT site, name FROM stores WHERE id IN (\(storeList)))")
        }
        return stores == nil ? table : nil
    }

    private static let versions = "entry_versions"

    /// Which content there is. Where it lies, and how often it is named, is each index's own.
    package var objects: SchemaTable {
        var conditions = ["refs > 0", Schema.objects.condition]
        if stores != nil || !hasVersions {
            let named = Schema.tables.filter { $0.name != Schema.objects.name && $0.index(of: "object") != nil }
                .filter { hasVersions || $0.name != Self.versions }
                .map { "SELECT object FROM \($0.name) WHERE store IN (\(storeList))" }
            conditions.append("id IN (\(named.joined(separator: " UNION ")))")
        }
        return SchemaTable(
            Schema.objects.name, key: "id", isNumbered: true, integer: "id size stored_size encoding", bytes: "digest",
            where: conditions.joined(separator: " AND "))
    }

    /// A store that was removed, and whose entries are not gone yet, is in the site that nobody can name.
    private var storeList: String {
        guard let stores else { return "SELECT id FROM stores WHERE site <> '\(SiteID.removed.text)'" }
        return stores.isEmpty ? "-1" : stores.map { "\($0)" }.joined(separator: ", ")
    }
}

extension SchemaTable {
    /// With fewer rows.
    fileprivate func `where`(_ condition: String) -> SchemaTable {
        SchemaTable(
            name, columns: columns, key: key, isNumbered: isNumbered,
            condition: [self.condition, condition].filter { !$0.isEmpty }.joined(separator: " AND "))
    }
}
