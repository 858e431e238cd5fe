import BlobStore
package import Index
package import LarderModel
package import NIOCore

/// What followers read. The futures are completed on the loop that is named; nothing here blocks it.
extension LogService {
    /// A page of a replay has about so many bytes.
    private static let pageBytes = 256 << 10

    /// How long after its last event a run counts as stalled.
    package func stalledAfter(_ name: EntryName) -> Duration {
        rule(name)?.log?.stalledAfter ?? Policy.LogRule().stalledAfter
    }

    /// The log's head, as a follower finds it that has joined; nil when there never was such a log. One that is gone,
    /// or whose time is over, has no events.
    /// - Parameter newest: how many events to begin with; nil: that does not matter.
    /// - Returns: also the sequence number before those.
    package func opening(_ name: EntryName, newest: Int?, on loop: any EventLoop)
        -> EventLoopFuture<(head: LogHead?, before: Int64?)>
    {
        let now = blobs.now
        return blobs.look(on: loop) { [nodes] reader in
            let found = try Self.opening(name, newest: newest, reader, now: now)
            nodes?.joined(name, at: found.head?.last ?? 0)
            return found
        }
    }

    private static func opening(_ name: EntryName, newest: Int?, _ reader: IndexReader, now: Timestamp) throws
        -> (head: LogHead?, before: Int64?)
    {
        if let (head, _) = try reader.standingLog(name, now: now) {
            return (head, try newest.flatMap { try reader.sequence(beforeNewest: $0, of: name) })
        }
        guard var head = try reader.logHead(name) else { return (nil, nil) }
        head.count = 0
        head.first = head.last + 1
        return (head, nil)
    }

    /// A page of a log's events behind a sequence number, and its state then.
    package func page(_ name: EntryName, after sequence: Int64, on loop: any EventLoop)
        -> EventLoopFuture<([LogEvent], RunState)>
    {
        let now = blobs.now
        return blobs.look(on: loop) { reader in
            guard let (head, _) = try reader.standingLog(name, now: now) else { return ([], .running) }
            return (
                try reader.logEvents(name, after: sequence, limit: .max, byteLimit: Self.pageBytes), head.state
            )
        }
    }

    /// A page of the events of a store's logs behind a position.
    /// - Parameter keys: the logs; empty: all of them.
    package func page(
        of keys: Set<EntryKey>, in store: StoreName, of site: SiteID, after position: Int64, on loop: any EventLoop
    ) -> EventLoopFuture<StoreEvents> {
        blobs.look(on: loop) { reader in
            try keys.isEmpty
                ? reader.events(of: store, in: site, after: position, byteLimit: Self.pageBytes)
                : reader.events(of: keys, in: store, of: site, after: position, byteLimit: Self.pageBytes)
        }
    }

    /// How far the positions of events are given, as a follower of a store's logs finds it that has joined.
    package func opening(_ store: StoreName, of site: SiteID, on loop: any EventLoop) -> EventLoopFuture<EventPositions>
    {
        blobs.look(on: loop) { [nodes] reader in
            let positions = try reader.positions()
            nodes?.joined(store, of: site, at: positions.settled)
            return positions
        }
    }

    package var now: Timestamp { blobs.now }
}
