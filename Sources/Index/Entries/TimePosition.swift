package import LarderModel

/// Where in an order by time a walk is: behind this entry.
package struct TimePosition: Sendable, Hashable {
    package let time: Timestamp
    package let store: Int64
    package let key: [UInt8]

    package init(time: Timestamp, store: Int64, key: [UInt8]) {
        self.time = time
        self.store = store
        self.key = key
    }

    package static let start = TimePosition(time: Timestamp(milliseconds: .min), store: 0, key: [])
}
