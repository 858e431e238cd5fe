package import LarderModel

/// What a write or a deletion replaced, and a rule keeps.
package struct EntryVersion: Sendable, Hashable {
    /// Of one entry, the newer version has the higher number.
    package let id: Int64
    /// As it was. It has no end: a rule says how long a version is kept.
    package let entry: Entry
    package let replacedAt: Timestamp
    /// Whether a deletion replaced it.
    package let isDeletion: Bool
}

/// A version as cleanup looks at it.
package struct AgedVersion: Sendable, Hashable {
    package let id: Int64
    package let key: EntryKey
    package let size: Int64
    package let replacedAt: Timestamp
}
