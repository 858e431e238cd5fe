package import LarderModel

/// What requests to a network that keeps objects came to, since the start.
package struct ObjectMeasures: Sendable {
    package let requests: Int64
    /// Those beside a first try.
    package let retries: Int64
    /// What no try helped.
    package let failures: Int64
    /// From a request to the head of its answer.
    package let requestSeconds: Histogram
}
