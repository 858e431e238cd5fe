package import LarderModel

/// What the writer measures of itself.
package final class IndexStatistics: Sendable {
    package let commitSeconds = Histogram.seconds()
    package let checkpointSeconds = Histogram.seconds()
    package let batchSizes = Histogram.sizes()
    /// Transactions that another node's overtook, and that were begun again.
    package let overtaken = Counter()
}
