/// What lies in one shard.
package struct ObjectListing: Sendable {
    package var objects: Set<ObjectLocator> = []
    /// Names that are no object's, as an administrator would look for them.
    package var foreign: [String] = []

    package init() {}
}
