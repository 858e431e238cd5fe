/// What a node says of itself.
package struct NodeIdentity: Sendable, Hashable {
    /// By which people know it; one node at a time has it.
    package var name: String
    /// Of the program.
    package var version: String

    /// For an index that one process has to itself.
    package static let unnamed = NodeIdentity(name: "larder", version: "")

    package init(name: String, version: String) {
        self.name = name
        self.version = version
    }
}
