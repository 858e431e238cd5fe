package import LarderModel

/// What an engine behind a network measures of itself, for `/metrics`.
package final class SQLStatistics: Sendable {
    /// From the moment that an answer is wanted to the moment that it is read; those to COMMIT are not among them.
    package let answerSeconds = Histogram.seconds()
    /// How often it could not be reached.
    package let outages = Counter()

    package init() {}
}
