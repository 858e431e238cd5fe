package import LarderModel

/// An entry that could go, as it was when it was found.
package struct AgedEntry: Sendable, Hashable {
    package let key: EntryKey
    package let modifiedAt: Timestamp
    package let size: Int64
    package let expiresAt: Timestamp?

    package init(key: EntryKey, modifiedAt: Timestamp, size: Int64, expiresAt: Timestamp?) {
        self.key = key
        self.modifiedAt = modifiedAt
        self.size = size
        self.expiresAt = expiresAt
    }
}
