import LarderModel

/// A row of a table: the columns that it has a value for.
///
/// Names are compared without regard to case: SQLite does so, and PostgreSQL writes `storageid` where AgentOS said
/// `storageId`.
package struct SourceRow: Sendable, Hashable {
    /// What a message calls it: `conversation_turns row 17`.
    package let label: String
    private let columns: [String: ColumnValue]

    /// - Parameters:
    ///   - label: what a message calls it.
    ///   - columns: those that are not NULL, by their names.
    package init(label: String, columns: [(name: String, value: ColumnValue)]) {
        self.label = label
        self.columns = Dictionary(columns.map { ($0.name.lowercased(), $0.value) }) { $1 }
    }

    /// A column's value; nil when it is missing or NULL.
    subscript(name: String) -> ColumnValue? { columns[name.lowercased()] }

    /// A column's text; nil when it is missing, NULL or empty.
    func text(_ name: String) -> [UInt8]? { self[name]?.text.flatMap { $0.isEmpty ? nil : $0 } }
}

/// What is wrong with a row, in words that follow «it».
struct RowDamage: Error, Hashable {
    let what: String
}
