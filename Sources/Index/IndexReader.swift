/// Reads of the index, inside a read or a write transaction: both see one state.
package struct IndexReader {
    let db: any SQLSession

    /// Looks whether the engine answers.
    package func touch() throws { _ = try db.one("SELECT 1") { _ in } }
}
