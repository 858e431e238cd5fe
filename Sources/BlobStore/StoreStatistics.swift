import Index
package import LarderModel

/// What the store measures of itself, for `/metrics`.
package final class StoreStatistics: Sendable {
    /// Writes whose content was there already, and the bytes they would have taken.
    package let dedupHits = Counter()
    package let dedupBytes = Counter()
    /// Bytes that gzip kept from being stored.
    package let gzipSavedBytes = Counter()
    package let cacheHits = Counter()
    package let cacheMisses = Counter()
    /// One transaction of the index, its fsync included; and the changes in it.
    package let commitSeconds: Histogram
    package let commitBatchSizes: Histogram
    /// Moving the WAL into the database.
    package let checkpointSeconds: Histogram
    /// Transactions that another node's overtook, and that were begun again.
    package let batchesOvertaken: Counter

    init(_ index: IndexStatistics) {
        commitSeconds = index.commitSeconds
        commitBatchSizes = index.batchSizes
        checkpointSeconds = index.checkpointSeconds
        batchesOvertaken = index.overtaken
    }
}
