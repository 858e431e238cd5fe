/// A table of the schema, for who copies an index row by row.
package struct SchemaTable: Sendable {
    package enum Kind: Sendable, Hashable { case integer, real, text, bytes }

    package struct Column: Sendable, Hashable {
        package let name: String
        package let kind: Kind
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
    /// - Parameter isBehind: whether only those behind a key, whose columns are the parameters from 2 on. The first is
    ///   how many at most.
    func selection(behindKey isBehind: Bool) -> String {
        var conditions = condition.isEmpty ? [] : [condition]
        if isBehind {
            conditions.append("(\(keyNames.joined(separator: ", "))) > (\(Self.marks(key.count, from: 2)))")
        }
        let filter = conditions.isEmpty ? "" : " WHERE \(conditions.joined(separator: " AND "))"
        return "SELECT \(names) FROM \(name)\(filter) ORDER BY \(keyNames.joined(separator: ", ")) LIMIT ?1"
    }

    /// The last row in the order of the key.
    var lastSelection: String {
        let order = keyNames.map { "\($0) DESC" }.joined(separator: ", ")
        return "SELECT \(names) FROM \(name) ORDER BY \(order) LIMIT 1"
    }
}
