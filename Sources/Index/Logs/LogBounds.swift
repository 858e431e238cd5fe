/// How a log's rule bounds it.
package struct LogBounds: Sendable {
    /// Events kept; at least 1.
    package var maxEvents: Int
    /// Fingerprints that are remembered beyond the kept events.
    package var remembered: Int { max(1_000, 2 * maxEvents) }

    package init(maxEvents: Int) { self.maxEvents = maxEvents }
}
