import LarderModel

/// What the store measures of itself, for `/metrics`.
package final class StoreStatistics: Sendable {
    /// Writes whose content was there already, and the bytes they would have taken.
    package let dedupHits = Counter()
    package let dedupBytes = Counter()
    /// Bytes that gzip kept from being stored.
    package let gzipSavedBytes = Counter()
    package let cacheHits = Counter()
    package let cacheMisses = Counter()
}
