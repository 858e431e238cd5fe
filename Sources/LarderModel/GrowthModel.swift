/// What a store held at the end of a day, or by now.
package struct StoreDay: Sendable, Hashable {
    /// Days since 1970-01-01, UTC.
    package let day: Int64
    package let entries: Int64
    /// Plain bytes.
    package let bytes: Int64
    /// Bytes as kept, each entry counted.
    package let storedBytes: Int64

    package init(day: Int64, entries: Int64, bytes: Int64, storedBytes: Int64) {
        self.day = day
        self.entries = entries
        self.bytes = bytes
        self.storedBytes = storedBytes
    }
}

extension Timestamp {
    private static let dayMilliseconds: Int64 = 86_400_000

    /// Days since 1970-01-01, UTC.
    package var day: Int64 {
        (milliseconds - (milliseconds % Self.dayMilliseconds + Self.dayMilliseconds) % Self.dayMilliseconds)
            / Self.dayMilliseconds
    }

    /// The beginning of a day.
    package init(day: Int64) { self.init(milliseconds: day * Self.dayMilliseconds) }
}
