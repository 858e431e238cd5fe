import Synchronization

/// Names requests: a random start for the process, then a count. 16 characters.
package enum RequestID {
    private static let start = UInt32.random(in: .min ... .max)
    private static let count = Atomic<UInt32>(0)

    package static func next() -> String {
        let number = UInt64(start) << 32 | UInt64(count.wrappingAdd(1, ordering: .relaxed).newValue)
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 16 - text.utf8.count) + text
    }
}
