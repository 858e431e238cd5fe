import BlobStore
package import LarderModel
package import NIOCore

/// What followers read. The futures are completed on the loop that is named; nothing here blocks it.
extension LogService {
    /// A page of a replay has about so many bytes.
    private static let pageBytes = 256 << 10
    private static let pageEvents = 1_000

    /// How long after its last event a run counts as stalled.
    package func stalledAfter(_ name: EntryName) -> Duration {
        rule(name)?.log?.stalledAfter ?? Policy.LogRule().stalledAfter
    }

    /// The log's head; nil when there is no such log.
    package func head(_ name: EntryName, on loop: any EventLoop) -> EventLoopFuture<LogHead?> {
        store.look(on: loop) { try $0.logHead(name) }
    }

    /// A page of a log's events behind a sequence number, and its state then.
    package func page(_ name: EntryName, after sequence: Int64, on loop: any EventLoop)
        -> EventLoopFuture<([LogEvent], RunState)>
    {
        store.look(on: loop) { reader in
            (
                try reader.logEvents(name, after: sequence, limit: .max, byteLimit: Self.pageBytes),
                try reader.logHead(name)?.state ?? .running
            )
        }
    }

    /// A page of the events of all logs of a store behind a position.
    package func page(of store: StoreName, in site: SiteID, after position: Int64, on loop: any EventLoop)
        -> EventLoopFuture<[(key: EntryKey, event: LogEvent)]>
    {
        self.store.look(on: loop) { reader in
            try reader.logEvents(
                of: store, in: site, afterPosition: position, limit: Self.pageEvents, byteLimit: Self.pageBytes)
        }
    }

    /// The position of the newest event of all logs.
    package func lastPosition(on loop: any EventLoop) -> EventLoopFuture<Int64> {
        store.look(on: loop) { try $0.lastPosition() }
    }

    package var now: Timestamp { store.now }
}
