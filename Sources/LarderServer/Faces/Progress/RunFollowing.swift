import LarderHTTP
import LarderModel
import Logs

/// Turns a request for an event stream into what follows the runs, from its head alone.
enum RunFollowing {
    static func one(_ run: RunName, _ name: EntryName, _ call: Call) throws(LarderError) -> Handling {
        stream(.run(run, name), after: try lastEventID(call.request), call)
    }

    /// Those that `?runs=p/r,p/r…` names; without it all of the store.
    static func many(_ call: Call) throws(LarderError) -> Handling {
        let after = try lastEventID(call.request)
        let store = try call.permit.oneStore()
        var keys: Set<EntryKey> = []
        for text in try call.request.queryText("runs")?.parts(separatedBy: ",") ?? [] where !text.isEmpty {
            let parts = text.parts(separatedBy: "/")
            guard parts.count == 2 else {
                throw LarderError(.malformedRequest, "runs is a list of project/run, separated by commas.")
            }
            keys.insert(try RunName(project: Identifier(parts[0]), run: Identifier(parts[1])).key())
        }
        return stream(.runs(keys, store, call.permit.site), after: after, call)
    }

    private static func stream(_ subject: RunStream.Subject, after: Int64?, _ call: Call) -> Handling {
        .follow(isAllowed: { call.isStillAllowed }) { [server = call.server] stream, fields in
            RunStream(
                subject, after: after, logs: server.entries.logs, logger: server.logger, fields: fields, stream: stream)
        }
    }

    /// `Last-Event-ID`, which a browser sends when it comes back, else `?after=`.
    static func lastEventID(_ request: RequestHead) throws(LarderError) -> Int64? {
        if let text = request.field("last-event-id"), !text.isEmpty {
            guard let id = Int64(text), id >= 0 else {
                throw LarderError(.malformedRequest, "Last-Event-ID is a whole number here.")
            }
            return id
        }
        return try request.number("after")
    }
}
