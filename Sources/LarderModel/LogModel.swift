/// An event of a log as it is kept.
package struct LogEvent: Sendable, Hashable {
    /// From 1, without gaps, never reused for a log.
    package let sequence: Int64
    /// Its place among all events of the data directory, in the order of their commits: ascending, with gaps.
    package let position: Int64
    package let receivedAt: Timestamp
    /// JSON text of an object on one line, as it was sent.
    package let json: [UInt8]

    package init(sequence: Int64, position: Int64 = 0, receivedAt: Timestamp, json: [UInt8]) {
        self.sequence = sequence
        self.position = position
        self.receivedAt = receivedAt
        self.json = json
    }
}

/// An event on its way into a log: checked, on one line, with what its fields say of the run.
package struct NewLogEvent: Sendable, Hashable {
    /// JSON text of an object on one line.
    package let json: [UInt8]
    /// First 16 bytes of the SHA-256 of its canonical form: equal for equal values, however they are written.
    package let fingerprint: Fingerprint
    package let signal: RunSignal

    package init(json: [UInt8], fingerprint: Fingerprint, signal: RunSignal) {
        self.json = json
        self.fingerprint = fingerprint
        self.signal = signal
    }
}

/// 16 bytes that stand for a JSON value in comparisons.
package struct Fingerprint: Hashable, Sendable {
    private let a, b: UInt64

    /// - Parameter bytes: at least 16 bytes, of which the first 16 count; nil when there are fewer.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count >= 16 else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes.prefix(16)) }
        (a, b) = words
    }

    package var bytes: [UInt8] { withUnsafeBytes(of: (a, b)) { Array($0) } }
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

/// What an event says of its run (contract §4.3).
package struct RunSignal: Sendable, Hashable {
    package var state: RunState
    /// The event's `progress`, when it is a number.
    package var progress: Double?
    /// The event's `message`, when it is a string; cut to 1,000 bytes.
    package var message: String?

    package init(state: RunState = .running, progress: Double? = nil, message: String? = nil) {
        self.state = state
        self.progress = progress
        self.message = message
    }
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
    /// Events that the cap has removed since the log was last emptied.
    package var dropped: Int64
    /// Never `stalled`.
    package var state: RunState
    package var startedAt: Timestamp
    package var updatedAt: Timestamp
    package var progress: Double?
    package var message: String?

    package init(
        key: EntryKey, first: Int64, last: Int64, count: Int, dropped: Int64, state: RunState, startedAt: Timestamp,
        updatedAt: Timestamp,
        progress: Double?, message: String?
    ) {
        self.key = key
        self.first = first
        self.last = last
        self.count = count
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

    package init(first: Int64, last: Int64, count: Int) {
        self.first = first
        self.last = last
        self.count = count
    }
}
