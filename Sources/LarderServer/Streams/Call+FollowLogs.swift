import LarderHTTP
import LarderModel
import Logs

extension Call {
    /// An event stream of logs.
    func followLogs(_ subject: LogStream.Subject, from start: Follower.Start) -> Handling {
        follow { [server] stream, fields in
            LogStream(
                subject, from: start, logs: server.entries.logs, logger: server.logger, fields: fields, stream: stream)
        }
    }
}

extension RequestHead {
    /// `Last-Event-ID`, which a browser sends when it comes back, else `?after=`. The field is never refused: that
    /// would end the browser's stream for good.
    func followStart() throws(LarderError) -> Follower.Start {
        guard let text = field("last-event-id"), !text.isEmpty else {
            return try number("after").map { .after($0) } ?? .beginning
        }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let id = Int64(text)
        else {
            return .foreign
        }
        return .after(id)
    }
}
