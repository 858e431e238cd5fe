package import EventStreams
package import LarderModel

/// The frames that tell of logs. Written by hand for speed; a test reads them back with an independent parser.
package enum EventFrames {
    /// An event; the ID is its sequence number. That of a log which is no run is a plain message.
    package static func event(_ event: LogEvent, isRun: Bool) -> EventFrame {
        EventFrame(event: isRun ? "progress" : nil, id: String(event.sequence), data: event.json)
    }

    package static func connected(_ log: FollowedLog, state: RunState, last: Int64) -> EventFrame {
        let state = log.isRun ? #","state":"\#(state.rawValue)""# : ""
        return EventFrame(event: "connected", data: log.ids + Array("\(state),\"last\":\(last)}".utf8))
    }

    /// The beginning of a stream of many runs.
    /// - Parameters:
    ///   - position: where the stream begins; its ID.
    ///   - last: the position of the newest event.
    package static func connected(at position: Int64, last: Int64) -> EventFrame {
        EventFrame(event: "connected", id: String(position), data: #"{"last":\#(last)}"#.utf8)
    }

    /// Events are missing.
    /// - Parameters:
    ///   - after: the last one that the client has; nil: it does not say.
    ///   - first: the first one that it gets.
    package static func gap(after: Int64?, first: Int64) -> EventFrame {
        let after = after.map { String($0) } ?? "null"
        return EventFrame(event: "gap", data: #"{"after":\#(after),"first":\#(first)}"#.utf8)
    }

    package static func complete(_ log: FollowedLog, _ state: RunState) -> EventFrame {
        EventFrame(event: "complete", data: log.ids + Array(#","status":"\#(state.rawValue)"}"#.utf8))
    }

    /// An event on a stream of many runs; the ID is its position.
    package static func wrapped(_ run: RunName, _ event: LogEvent) -> EventFrame {
        EventFrame(
            event: "progress", id: String(event.position),
            data: FollowedLog.run(run).ids + Array(#","seq":\#(event.sequence),"event":"#.utf8) + event.json + [
                UInt8(ascii: "}")
            ])
    }
}
