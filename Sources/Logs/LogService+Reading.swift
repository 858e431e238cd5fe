package import BlobStore
import Index
package import LarderModel

/// What readers that are no followers read. Few events are read for each of them; many are held once for all.
extension LogService {
    /// Events of more bytes are shared by their readers.
    static let unsharedMax = 64 << 10
    /// ``heldMax``, where nothing else is said.
    package static let heldMaxDefault: Int64 = 16 << 20

    /// Events and head as of one moment.
    package struct Snapshot: Sendable {
        package let head: LogHead
        package let state: RunState
        package let held: HeldEvents
    }

    /// - Parameters:
    ///   - after: only events with a higher sequence number.
    ///   - tail: only the newest this many of them.
    /// - Returns: nil when the log has no events.
    /// - Throws: `LarderError` `.unavailable` where there is no room to hold them.
    package func read(_ name: EntryName, after: Int64 = 0, tail: Int? = nil) async throws -> Snapshot? {
        @Sendable func behind(_ head: LogHead) -> Int64 { tail.map { max(after, head.last - Int64($0)) } ?? after }
        guard let found = try await find(name, behind, readsMany: false), found.head.count > 0 else { return nil }
        guard let events = found.events else {
            let again = try await reading.withLock(name) { try await find(name, behind, readsMany: true) }
            return again.flatMap { again in again.events.map { snapshot(again.head, $0, name) } }
        }
        return snapshot(found.head, events, name)
    }

    private func snapshot(_ head: LogHead, _ events: HeldEvents, _ name: EntryName) -> Snapshot {
        Snapshot(head: head, state: head.state(at: blobs.now, stalledAfter: stalledAfter(name)), held: events)
    }

    /// The log as an entry with its content, the JSON array; nil when there is none.
    /// - Parameter isEnough: asked before much is read: whether the entry alone will do.
    /// - Throws: `LarderError` `.unavailable` where there is no room to hold the content.
    package func content(_ name: EntryName, unless isEnough: (Entry) -> Bool = { _ in false }) async throws
        -> EntryContent?
    {
        guard let found = try await find(name, { _ in 0 }, readsMany: false) else { return nil }
        let entry = found.entry
        if let events = found.events { return EntryContent(entry, stored: events.array, holding: events) }
        if isEnough(entry) { return EntryContent(unread: entry) }
        guard entry.size <= heldMax else {
            return EntryContent(entry) { [blobs] in LogArrayReader(name, entry, last: found.head.last, blobs) }
        }
        let again = try await reading.withLock(name) { try await find(name, { _ in 0 }, readsMany: true) }
        return again.flatMap { again in
            again.events.map { EntryContent(again.entry, stored: $0.array, holding: $0) }
        }
    }

    /// What one look at a log found.
    private struct Found: Sendable {
        let head: LogHead
        let entry: Entry
        /// nil: they are many, and nobody holds them.
        let events: HeldEvents?
    }

    /// - Parameters:
    ///   - behind: the sequence number behind which events are wanted.
    ///   - readsMany: whether many are read, too. By one reader of a log at a time: the others find what that one read.
    private func find(_ name: EntryName, _ behind: @escaping @Sendable (LogHead) -> Int64, readsMany: Bool) async throws
        -> Found?
    {
        let now = blobs.now
        return try await blobs.look { [heldEvents, buffers] reader in
            guard let (head, entry) = try reader.standingLog(name, now: now) else { return nil }
            let key = HeldEvents.Key(
                name: name, after: min(max(behind(head), head.first - 1), head.last), last: head.last,
                etag: entry.etag, startedAt: head.startedAt)
            func found(_ events: HeldEvents?) -> Found { Found(head: head, entry: entry, events: events) }
            if let events = heldEvents[key] { return found(events) }
            let extent = try reader.logExtent(name, after: key.after)
            guard extent.bytes > Self.unsharedMax else {
                return found(try HeldEvents(name, after: key.after, extent: extent, reader, buffers))
            }
            guard readsMany else { return found(nil) }
            let events = try HeldEvents(name, after: key.after, extent: extent, reader, buffers) {
                heldEvents.forget(key)
            }
            heldEvents.share(events, as: key)
            return found(events)
        }
    }
}
