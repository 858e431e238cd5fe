package import LarderModel

/// Sums over all stores, from their counters.
package struct IndexTotals: Sendable {
    package var entries: Int64
    /// Plain bytes.
    package var bytes: Int64
    /// Bytes as kept, each entry counted, so before deduplication.
    package var storedBytes: Int64
    /// Entries and events that rules took away.
    package var removed: StoreSummary.Removed
}
