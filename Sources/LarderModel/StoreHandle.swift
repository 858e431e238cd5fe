/// A store by the number that it keeps, and its present name.
package struct StoreHandle: Sendable, Hashable {
    /// The index's own number of it; ascending in the order the stores were made.
    package let id: Int64
    package let site: SiteID
    package let name: StoreName

    package init(id: Int64, site: SiteID, name: StoreName) {
        self.id = id
        self.site = site
        self.name = name
    }
}
