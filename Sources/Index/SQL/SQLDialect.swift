/// The words in which engines differ when they make tables.
package struct SQLDialect: Sendable {
    /// 64 bits.
    package let integer: String
    package let real: String
    /// UTF-8, compared and ordered by its bytes.
    package let text: String
    /// Any bytes, compared and ordered byte by byte.
    package let bytes: String
    /// The type of a column `id` whose number the engine gives to each new row, ascending.
    package let id: String
    /// The same, and a number is never given again, even when its row is gone.
    package let lastingID: String
    /// Behind the columns of a table with a primary key of its own: its rows may lie in the order of that key.
    package let inKeyOrder: String

    package init(
        integer: String, real: String, text: String, bytes: String, id: String, lastingID: String, inKeyOrder: String
    ) {
        self.integer = integer
        self.real = real
        self.text = text
        self.bytes = bytes
        self.id = id
        self.lastingID = lastingID
        self.inKeyOrder = inKeyOrder
    }
}
