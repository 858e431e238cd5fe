package import LarderModel

/// What the writer measures of itself.
package final class IndexStatistics: Sendable {
    package let commitSeconds = Histogram.seconds()
    package let checkpointSeconds = Histogram.seconds()
    package let batchSizes = Histogram.sizes()
}
