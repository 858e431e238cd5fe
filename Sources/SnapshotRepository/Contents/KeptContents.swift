package import LarderModel

/// Contents that some manifest names, so that a prune leaves them: 40 bytes for each.
package struct KeptContents: Sendable {
    private var names: [ContentName] = []

    package init() {}

    /// Adds one. Twice is no harm, but takes room until ``sort()``.
    package mutating func add(_ digest: Digest, _ encoding: Encoding) { names.append(ContentName(digest, encoding)) }

    /// How many were added, since the last ``sort()`` with those that came twice.
    package var count: Int { names.count }

    /// Throws out those that came twice. To be called now and then where manifests name the same contents.
    package mutating func sort() {
        names.sort()
        var kept = 0
        for name in names where kept == 0 || names[kept - 1] != name {
            names[kept] = name
            kept += 1
        }
        names.removeLast(names.count - kept)
    }

    /// Sorted; as contents of packs are called, and as files of large contents are.
    func sorted(_ key: RepositoryKey?) -> (packed: [ContentName], large: [ContentName]) {
        var copy = self
        copy.sort()
        guard let key else { return (copy.names, copy.names) }
        return (copy.names, copy.names.map { ObjectName($0.digest, $0.encoding, key).name }.sorted())
    }
}
