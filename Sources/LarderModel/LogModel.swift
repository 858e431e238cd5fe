/// An event of a log as it is kept.
package struct LogEvent: Sendable, Hashable {
    /// From 1, never reused for a log; without gaps but for events that were forgotten.
    package let sequence: Int64
    /// Its place among all events of the data directory, in the order of their commits: ascending, with gaps.
    package let position: Int64
    package let receivedAt: Timestamp
    /// When it happened, as it says itself, else when it was received.
    package let at: Timestamp
    /// JSON text of an object on one line, as it was sent.
    package let json: [UInt8]

    /// - Parameter at: nil: when it was received.
    package init(
        sequence: Int64, position: Int64 = 0, receivedAt: Timestamp, at: Timestamp? = nil, json: [UInt8]
    ) {
        self.sequence = sequence
        self.position = position
        self.receivedAt = receivedAt
        self.at = at ?? receivedAt
        self.json = json
    }
}

/// Whether a run goes on, as its last event says.
package enum RunState: String, Sendable, Hashable, CaseIterable {
    case running, completed, failed
    /// Running, but without an event for longer than the policy's `stalledAfter`. Never stored: it is a matter of now.
    case stalled

    /// The stored form; `stalled` has none.
    package init?(stored: Int) {
        switch stored {
        case 0: self = .running
        case 1: self = .completed
        case 2: self = .failed
        default: return nil
        }
    }
    package var stored: Int { self == .completed ? 1 : self == .failed ? 2 : 0 }
    package var isTerminal: Bool { self == .completed || self == .failed }
}

/// What is known of a log beside its events.
package struct LogHead: Sendable, Hashable {
    package var key: EntryKey
    /// Sequence number of the first event kept; `last + 1` when none is.
    package var first: Int64
    /// Sequence number of the last event ever appended; 0 when there never was one.
    package var last: Int64
    /// Events kept.
    package var count: Int
    /// Bytes of the kept events.
    package var bytes: Int64
    /// Events that the cap has removed since the log was last emptied.
    package var dropped: Int64
    /// Never `stalled`.
    package var state: RunState
    /// When the first event since the log was last emptied happened; of a run: came.
    package var startedAt: Timestamp
    /// When the newest event happened; of a run: came.
    package var updatedAt: Timestamp
    package var progress: Double?
    package var message: String?

    package init(
        key: EntryKey, first: Int64, last: Int64, count: Int, bytes: Int64 = 0, dropped: Int64, state: RunState,
        startedAt: Timestamp, updatedAt: Timestamp, progress: Double?, message: String?
    ) {
        self.key = key
        self.first = first
        self.last = last
        self.count = count
        self.bytes = bytes
        self.dropped = dropped
        self.state = state
        self.startedAt = startedAt
        self.updatedAt = updatedAt
        self.progress = progress
        self.message = message
    }

    /// The state as it is now.
    package func state(at now: Timestamp, stalledAfter: Duration) -> RunState {
        state == .running && updatedAt + stalledAfter <= now ? .stalled : state
    }
}

/// What an append did.
package struct AppendResult: Sendable, Hashable {
    /// Sequence numbers of the first and last event it added; when it added none, `first` is `last + 1`.
    package var first: Int64
    package var last: Int64
    package var count: Int
    /// The run behind the append. Never `stalled`.
    package var state: RunState
    /// The log's behind the append; nil: there is no such log.
    package var etag: ETag?

    package init(first: Int64, last: Int64, count: Int, state: RunState = .running, etag: ETag? = nil) {
        self.first = first
        self.last = last
        self.count = count
        self.state = state
        self.etag = etag
    }
}
