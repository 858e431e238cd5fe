package import LarderModel

/// Which contents a repository held when it was looked at. 40 bytes for each.
package struct RepositoryContents: Sendable {
    /// Sorted: digests of what lies in packs; names of the files of large contents.
    let packed: [ContentName]
    let large: [ContentName]
    /// The packs whose indexes could be read.
    package let packs: [RepositoryFile]
    /// Packs whose indexes could not be read: what is in them counts as missing, and would be added again.
    package let damaged: [String]
    /// Bytes of all files of contents, damaged ones among them.
    package let bytes: Int64
    let key: RepositoryKey?

    /// Whether this content is there, in this form.
    package func contains(_ digest: Digest, _ encoding: Encoding) -> Bool {
        isPacked(digest, encoding) || isLarge(digest, encoding)
    }

    /// Whether it lies in a pack.
    package func isPacked(_ digest: Digest, _ encoding: Encoding) -> Bool {
        packed.holds(ContentName(digest, encoding))
    }

    /// Whether it has a file of its own.
    package func isLarge(_ digest: Digest, _ encoding: Encoding) -> Bool {
        large.holds(ObjectName(digest, encoding, key).name)
    }

    /// How many there are; one that lies in two packs counts twice.
    package var count: Int { packed.count + large.count }
}
