package import BlobStore
package import Index

/// The installation that is copied.
package struct MigrationSource: Sendable {
    let index: any SQLEngine
    /// Its data directory; nil: none is known, so nothing of it may lie there.
    let directory: String?
    /// Where its large content lies, when that is not the data directory; nil: nobody has said.
    let objects: Engines?
    /// Whether somebody said so for this source, rather than for all that this machine serves.
    let areObjectsNamed: Bool

    package init(index: any SQLEngine, directory: String?, objects: Engines?, areObjectsNamed: Bool = false) {
        self.index = index
        self.directory = directory
        self.objects = objects
        self.areObjectsNamed = areObjectsNamed
    }
}

/// Where it is copied to.
package struct MigrationTarget: Sendable {
    let index: any SQLEngine
    /// Its data directory, which holds its index; nil: that is elsewhere, and there is none.
    package let directory: String?
    /// Where its large content is to lie; nil: in the data directory.
    let objects: Engines?

    package init(index: any SQLEngine, directory: String?, objects: Engines?) {
        self.index = index
        self.directory = directory
        self.objects = objects
    }
}
