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

    /// The log's head; nil when there is no such log.
    package func head(_ name: EntryName, on loop: any EventLoop) -> EventLoopFuture<LogHead?> {
        blobs.look(on: loop) { try $0.logHead(name) }
    }

    /// A page of a log's events behind a sequence number, and its state then.
    package func page(_ name: EntryName, after sequence: Int64, on loop: any EventLoop)
        -> EventLoopFuture<([LogEvent], RunState)>
    {
        blobs.look(on: loop) { reader in
            (
                try reader.logEvents(name, after: sequence, limit: .max, byteLimit: Self.pageBytes),
                try reader.logHead(name)?.state ?? .running
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

    /// The position of the newest event of all logs.
    package func lastPosition(on loop: any EventLoop) -> EventLoopFuture<Int64> {
        blobs.look(on: loop) { try $0.lastPosition() }
    }

    package var now: Timestamp { blobs.now }
}
