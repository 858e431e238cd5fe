package import LarderModel

/// Says which versions of an entry its rule keeps; nil: none. Must not block.
package typealias VersionRule = @Sendable (EntryName) -> KeptVersions?
