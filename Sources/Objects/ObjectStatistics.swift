package import LarderModel

/// What a backend behind a network measures of itself, for `/metrics`.
package final class ObjectStatistics: Sendable {
    /// One request, from its first byte to the head of its answer, tries that failed among them.
    package let requestSeconds = Histogram.seconds()
    package let requests = Counter()
    /// Tries beside the first.
    package let retries = Counter()
    /// Requests that no try helped.
    package let failures = Counter()

    package init() {}
}
