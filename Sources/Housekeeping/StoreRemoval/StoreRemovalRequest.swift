import LarderModel

/// A store whose entries are to go: it has no name any more.
package struct StoreRemovalRequest: Codable, Sendable {
    /// The index's number of it.
    package let store: Int64
    /// What it was called, for people.
    package let name: String

    package init(store: Int64, name: String) {
        self.store = store
        self.name = name
    }
}
