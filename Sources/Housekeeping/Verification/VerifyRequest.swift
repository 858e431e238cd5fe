import LarderModel

/// What a verification is asked to do.
package struct VerifyRequest: Sendable, Hashable, Codable {
    /// Bytes as kept to read in a second, at most; nil: as fast as the disk gives them.
    package var bytesPerSecond: Int64?
    /// Seconds to spread the reading over; nil: none.
    package var periodSeconds: Int64?

    package init(bytesPerSecond: Int64? = nil, period: Duration? = nil) {
        self.bytesPerSecond = bytesPerSecond
        periodSeconds = period?.components.seconds
    }
}
