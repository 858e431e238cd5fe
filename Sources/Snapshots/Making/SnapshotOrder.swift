package import LarderModel

/// What a snapshot is to hold.
package struct SnapshotOrder: Sendable {
    /// Patterns of stores; nil: all.
    package let stores: [Glob]?
    /// nil: of all sites.
    package let site: SiteID?
    /// Whether tokens, and the key that signs URLs, belong to it.
    package let hasSecrets: Bool
    /// The version of this larder.
    package let version: String

    package init(stores: [Glob]?, site: SiteID?, hasSecrets: Bool, version: String) {
        self.stores = stores
        self.site = site
        self.hasSecrets = hasSecrets
        self.version = version
    }
}

/// What came of making a snapshot.
package struct SnapshotOutcome: Sendable, Codable {
    /// Its name; empty until it is made.
    package var snapshot = ""
    package var counts = SnapshotHeader.Counts()
    /// Bytes that it added to the repository, its manifest included.
    package var newBytes: Int64 = 0
    /// Contents that the repository did not have.
    package var newObjects: Int64 = 0
    /// SHA-256 of contents that are damaged here, and so are not in it: the first 1,000.
    package var damaged: [String] = []
    /// Who held a lock of the repository, and was dead.
    package var takenOver: [String] = []

    package init() {}
}
