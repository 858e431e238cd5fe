import Objects

/// A file of the object store that no row names.
package struct StrayFile: Sendable {
    let file: ObjectFileName
    /// Bytes in it.
    package let size: Int64

    package var name: String { file.text }
}
