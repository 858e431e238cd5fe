import LarderHTTP
import LarderModel
import Logs

/// Turns a request for an event stream into what follows the runs, from its head alone.
enum RunFollowing {
    static func one(_ run: RunName, _ name: EntryName, _ call: Call) throws(LarderError) -> Handling {
        stream(.run(run, name), from: try start(call.request), call)
    }

    /// Those that `?runs=p/r,p/r…` and each `?run=p/r` name; without them all of the store.
    static func many(_ call: Call) throws(LarderError) -> Handling {
        let start = try start(call.request)
        let store = try call.permit.oneStore()
        var keys: Set<EntryKey> = []
        for text in try call.request.queryText("runs")?.parts(separatedBy: ",") ?? [] where !text.isEmpty {
            keys.insert(try key(String(text)))
        }
        for text in try call.request.queryTexts("run") { keys.insert(try key(text)) }
        return stream(.runs(keys, store, call.permit.site), from: start, call)
    }

    private static func key(_ text: String) throws(LarderError) -> EntryKey {
        let parts = text.parts(separatedBy: "/")
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
            throw LarderError(
                .malformedRequest,
                "runs is a list of project/run, separated by commas; run is one of them, and may be repeated.")
        }
        return try RunName(project: Identifier(parts[0]), run: Identifier(parts[1])).key()
    }

    private static func stream(_ subject: RunStream.Subject, from start: Follower.Start, _ call: Call) -> Handling {
        call.follow { [server = call.server] stream, fields in
            RunStream(
                subject, from: start, logs: server.entries.logs, logger: server.logger, fields: fields, stream: stream)
        }
    }

    /// `Last-Event-ID`, which a browser sends when it comes back, else `?after=`. The field is never refused: that
    /// would end the browser's stream for good.
    static func start(_ request: RequestHead) throws(LarderError) -> Follower.Start {
        guard let text = request.field("last-event-id"), !text.isEmpty else {
            return try request.number("after").map { .after($0) } ?? .beginning
        }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let id = Int64(text)
        else {
            return .foreign
        }
        return .after(id)
    }
}
