package import LarderModel

/// Sums over all stores.
package struct StoreTotals: Sendable {
    package let entries: Int64
    /// Plain bytes.
    package let bytes: Int64
    /// Bytes as kept, each entry counted, so before deduplication.
    package let storedBytes: Int64
    /// Entries and events that rules took away.
    package let removed: StoreSummary.Removed
}
