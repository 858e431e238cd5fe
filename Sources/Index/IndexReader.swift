/// Reads of the index, inside a read or a write transaction: both see one state.
package struct IndexReader {
    let db: any SQLSession
}
