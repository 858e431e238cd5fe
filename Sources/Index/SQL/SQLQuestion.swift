/// A query whose first row is wanted, to be asked together with others.
package struct SQLQuestion {
    package let sql: String
    package let bind: (any SQLParameters) -> Void
    /// Called when there is a row.
    package let read: (any SQLRow) throws -> Void

    package init(
        _ sql: String, _ bind: @escaping (any SQLParameters) -> Void, read: @escaping (any SQLRow) throws -> Void
    ) {
        self.sql = sql
        self.bind = bind
        self.read = read
    }
}
