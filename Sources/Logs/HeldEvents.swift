import Index
package import LarderModel
package import NIOCore

/// Events of a log as readers hold them: the JSON array, once, however many read it and in whatever form they show it.
/// It never changes: what is appended or trimmed meanwhile is for those who come later.
package final class HeldEvents: Sendable {
    /// Which events: an entry's ETag says what all events of its log are. Numbers alone do not: another store may get
    /// the name, on whatever node.
    struct Key: Hashable, Sendable {
        let name: EntryName
        /// The number before the first.
        let after: Int64
        let last: Int64
        let etag: ETag
        /// When the log began.
        let startedAt: Timestamp
    }

    /// An event, and where its JSON stands in the array.
    private struct Place {
        let sequence: Int64
        let position: Int64
        let receivedAt: Timestamp
        let json: Range<Int>
    }

    /// `[event,event,…]`
    package let array: ByteBuffer
    private let places: [Place]
    private let lease: BufferLease
    private let release: (@Sendable () -> Void)?

    /// Reads them.
    /// - Parameters:
    ///   - extent: how many they are, and the bytes of their JSON.
    ///   - release: called when nobody holds them any more.
    /// - Throws: `LarderError` `.unavailable` where there is no room for them, before any is read.
    init(
        _ name: EntryName, after: Int64, extent: (count: Int, bytes: Int), _ reader: IndexReader,
        _ buffers: BufferBudget, release: (@Sendable () -> Void)? = nil
    ) throws {
        let size = extent.bytes + extent.count + 2
        let lease = BufferLease(buffers)
        try lease.cover(size + extent.count * MemoryLayout<Place>.stride)
        var array = ByteBuffer()
        array.reserveCapacity(size)
        array.writeInteger(UInt8(ascii: "["))
        var places: [Place] = []
        places.reserveCapacity(extent.count)
        // A read that misses the newest event although that was answered.
        let limit = PlantedFault.strikes(.shortLog) && extent.count % 7 == 3 ? extent.count - 1 : extent.count
        try reader.eachLogEvent(name, after: after, limit: limit) { event in
            if !places.isEmpty { array.writeInteger(UInt8(ascii: ",")) }
            let start = array.writerIndex
            array.writeBytes(event.json)
            places.append(
                Place(
                    sequence: event.sequence, position: event.position, receivedAt: event.receivedAt,
                    json: start..<array.writerIndex))
            return true
        }
        array.writeInteger(UInt8(ascii: "]"))
        self.array = array
        self.places = places
        self.lease = lease
        self.release = release
    }

    deinit { release?() }

    package var count: Int { places.count }

    /// The event at a place, from 0.
    package func event(_ place: Int) -> (sequence: Int64, position: Int64, receivedAt: Timestamp, json: ByteBufferView)
    {
        let place = places[place]
        let json = array.viewBytes(at: place.json.lowerBound, length: place.json.count) ?? ByteBufferView()
        return (place.sequence, place.position, place.receivedAt, json)
    }

    /// Where a page ends that begins at a place: behind so many bytes of JSON, but one event at least.
    package func endOfPage(from place: Int, bytes: Int) -> Int {
        guard place < places.count else { return places.count }
        let limit = places[place].json.lowerBound + bytes
        var end = place + 1
        while end < places.count, places[end].json.upperBound <= limit { end += 1 }
        return end
    }
}
