package import LarderModel

/// What an export is to hold: stores of one site.
package struct PortableOrder: Sendable {
    /// What the text is written in.
    package enum Format: String, Sendable, CaseIterable {
        /// JSON lines.
        case jsonl
        /// SQL for PostgreSQL's psql.
        case sql
    }

    let format: Format
    let site: SiteID
    /// nil: all of the site that who asks may see.
    let stores: [StoreName]?
    let sees: @Sendable (StoreName) -> Bool

    /// - Parameters:
    ///   - stores: that must be there; nil: all of the site that who asks may see.
    ///   - sees: whether who asks may see a store.
    package init(
        _ format: Format, site: SiteID, stores: [StoreName]?, sees: @escaping @Sendable (StoreName) -> Bool
    ) {
        self.format = format
        self.site = site
        self.stores = stores
        self.sees = sees
    }

    /// - Throws: `LarderError` `.notFound` when one that was named is not there.
    func choose(from all: [StoreHandle]) throws(LarderError) -> [StoreHandle] {
        let visible = all.filter { $0.site == site && sees($0.name) }
        guard let stores else { return visible }
        for name in stores where !visible.contains(where: { $0.name == name }) {
            throw LarderError(.notFound, "There is no store '\(name)'; nothing was exported.")
        }
        return visible.filter { stores.contains($0.name) }
    }
}
