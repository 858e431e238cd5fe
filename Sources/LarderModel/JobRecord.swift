/// A job as the index keeps it: what was asked, how far it is, what came of it.
package struct JobRecord: Sendable, Hashable {
    package enum State: String, Sendable, CaseIterable { case running, done, failed, cancelled }

    /// The ``kind`` of those that make a snapshot: content that it may still read stays meanwhile.
    package static let snapshotKind = "backup"

    /// From 1, ascending, never reused.
    package let id: Int64
    /// `cleanup`, `collect`, `verify`, `scrub`, `remove-store`, `backup`, `backup-verify`, `restore`,
    /// `discard-before`.
    package let kind: String
    package var state: State
    /// Who asked: a token's name, or `schedule`.
    package let requestedBy: String
    /// The site it is about; nil: all of them.
    package let site: SiteID?
    /// What was asked, as JSON that only the kind itself reads.
    package let request: [UInt8]
    /// Where it is, as JSON that only the kind itself reads; empty: not begun.
    package var checkpoint: [UInt8]
    package var progress: JobProgress
    package let startedAt: Timestamp
    package var updatedAt: Timestamp
    package var endedAt: Timestamp?
    /// JSON object; nil until it ended well.
    package var result: [UInt8]?
    /// JSON object `{"code","message"}`; nil unless it failed.
    package var error: [UInt8]?
    /// The number of the node that works on it; 0 where one process has the index to itself.
    package var node: Int64
    /// What no other running job has; nil: anything may run beside it.
    package var lane: String?
    /// Whether somebody has asked it to end.
    package var isCancelled: Bool

    package init(
        id: Int64, kind: String, state: State, requestedBy: String, site: SiteID?, request: [UInt8],
        checkpoint: [UInt8], progress: JobProgress,
        startedAt: Timestamp, updatedAt: Timestamp, endedAt: Timestamp?, result: [UInt8]?, error: [UInt8]?,
        node: Int64 = 0, lane: String? = nil, isCancelled: Bool = false
    ) {
        self.id = id
        self.kind = kind
        self.state = state
        self.requestedBy = requestedBy
        self.site = site
        self.request = request
        self.checkpoint = checkpoint
        self.progress = progress
        self.startedAt = startedAt
        self.updatedAt = updatedAt
        self.endedAt = endedAt
        self.result = result
        self.error = error
        self.node = node
        self.lane = lane
        self.isCancelled = isCancelled
    }
}

/// How far a job is.
package struct JobProgress: Sendable, Hashable, Codable {
    /// Things looked at, of ``total``.
    package var done: Int64
    /// As counted when the job began; 0: not counted yet. What comes meanwhile may carry ``done`` beyond it.
    package var total: Int64
    /// Bytes removed or read so far.
    package var bytes: Int64

    package init(done: Int64 = 0, total: Int64 = 0, bytes: Int64 = 0) {
        self.done = done
        self.total = total
        self.bytes = bytes
    }
}
