/// A table of the schema, for who copies an index row by row.
package struct SchemaTable: Sendable {
    package enum Kind: String, Sendable, Hashable { case integer, real, text, bytes }

    package struct Column: Sendable, Hashable {
        package let name: String
        package let kind: Kind

        package init(name: String, kind: Kind) {
            self.name = name
            self.kind = kind
        }
    }

    package let name: String
    package let columns: [Column]
    /// Where the columns of its primary key stand among ``columns``, in the key's order.
    let key: [Int]
    /// Whether the engine numbers its rows, in a column `id`.
    package let isNumbered: Bool
    /// Which rows count, in SQL; empty: all.
    let condition: String

    /// - Parameters:
    ///   - key: names of the primary key's columns, with blanks between them; so the others.
    ///   - condition: which rows count; empty: all.
    init(
        _ name: String, key: String, isNumbered: Bool = false, integer: String = "", real: String = "",
        text: String = "", bytes: String = "", where condition: String = ""
    ) {
        func columns(_ names: String, _ kind: Kind) -> [Column] {
            names.split(separator: " ").map { Column(name: String($0), kind: kind) }
        }
        let all =
            columns(integer, .integer) + columns(real, .real) + columns(text, .text) + columns(bytes, .bytes)
        self.name = name
        self.columns = all
        self.key = key.split(separator: " ").compactMap { name in all.firstIndex { $0.name == name } }
        self.isNumbered = isNumbered
        self.condition = condition
    }

    init(_ name: String, columns: [Column], key: [Int], isNumbered: Bool, condition: String) {
        self.name = name
        self.columns = columns
        self.key = key
        self.isNumbered = isNumbered
        self.condition = condition
    }

    /// A table as somebody else describes it, for inserting rows. Its names are checked: they become SQL.
    /// - Returns: nil when a name is none.
    package init?(_ name: String, columns: [Column]) {
        let names = [name] + columns.map(\.name)
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        guard !columns.isEmpty, names.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { letters ~= $0 || $0 == 0x5F } })
        else { return nil }
        self.init(name, columns: columns, key: [], isNumbered: false, condition: "")
    }

    /// With these columns only, in their order.
    /// - Returns: nil when it lacks one of them, or its key would.
    package func narrowed(to columns: [Column]) -> SchemaTable? {
        let keys = key.compactMap { columns.firstIndex(of: self.columns[$0]) }
        guard columns.allSatisfy({ self.columns.contains($0) }), keys.count == key.count else { return nil }
        return SchemaTable(name, columns: columns, key: keys, isNumbered: isNumbered, condition: condition)
    }

    /// Where a column stands among ``columns``; nil: it has none of that name.
    package func index(of column: String) -> Int? { columns.firstIndex { $0.name == column } }
}

// MARK: Statements

extension SchemaTable {
    private var names: String { columns.map(\.name).joined(separator: ", ") }
    private var keyNames: [String] { key.map { columns[$0].name } }

    /// `?1, ?2, …`
    private static func marks(_ count: Int, from first: Int = 1) -> String {
        (first..<first + count).map { "?\($0)" }.joined(separator: ", ")
    }

    /// Inserts a row, its columns as parameters.
    var insertion: String { "INSERT INTO \(name) (\(names)) VALUES (\(Self.marks(columns.count)))" }

    /// Rows in the order of the key.
    /// - Parameter isBehind: whether only those behind a key, whose columns are the parameters from 2 on.
    func selection(behindKey isBehind: Bool) -> String {
        var conditions = condition.isEmpty ? [] : [condition]
        if isBehind {
            conditions.append("(\(keyNames.joined(separator: ", "))) > (\(Self.marks(key.count, from: 2)))")
        }
        let filter = conditions.isEmpty ? "" : " WHERE \(conditions.joined(separator: " AND "))"
        return "SELECT \(names) FROM \(name)\(filter) ORDER BY \(keyNames.joined(separator: ", "))"
    }

    /// The last row in the order of the key.
    var lastSelection: String {
        let order = keyNames.map { "\($0) DESC" }.joined(separator: ", ")
        return "SELECT \(names) FROM \(name) ORDER BY \(order) LIMIT 1"
    }
}
