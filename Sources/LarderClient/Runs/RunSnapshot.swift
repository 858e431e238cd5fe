import Foundation
import NIOCore

/// A run at one moment.
public struct RunSnapshot: Sendable, Hashable {
    /// The project that the run belongs to.
    public var project: String
    /// The run.
    public var run: String
    /// How it stands.
    public var state: RunState
    /// Sequence number of the oldest event that is kept; 0 when none is.
    public var first: Int64
    /// Sequence number of the newest event; 0 when there was none.
    public var last: Int64
    /// Events that are kept.
    public var count: Int64
    /// Events that the log's cap took away.
    public var dropped: Int64
    /// The events asked for, oldest first.
    public var events: [LoggedEvent]

    private struct Head: Decodable {
        var project: String
        var run: String
        var state: RunState
        var first: Int64?
        var last: Int64?
        var count: Int64
        var dropped: Int64?
    }

    /// Reads `{"project","run","state","first","last","count","dropped","events":[{"seq","receivedAt","event"}]}`
    /// (contract §4.3). The events are cut out, not decoded, so that they stay as they were written.
    init(answer: [UInt8]) throws {
        let head = try ClientJSON.decode(Head.self, from: ByteBuffer(bytes: answer))
        project = head.project
        run = head.run
        state = head.state
        first = head.first ?? 0
        last = head.last ?? 0
        count = head.count
        dropped = head.dropped ?? 0
        events = try AnswerFields(answer).items("events").map { try LoggedEvent($0) }
    }
}
