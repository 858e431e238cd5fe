import Objects

/// A stored object that no row names.
package struct StrayFile: Sendable {
    let locator: ObjectLocator
    /// Bytes as kept.
    package let size: Int64

    package var name: String { locator.text }
}
