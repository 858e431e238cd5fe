import LarderHTTP
import LarderModel
import Logs

/// Turns a request for an event stream into what follows the runs, from its head alone.
enum RunFollowing {
    static func one(_ run: RunName, _ name: EntryName, _ call: Call) throws(LarderError) -> Handling {
        call.followLogs(.log(.run(run), name), from: try call.request.followStart())
    }

    /// Those that `?runs=p/r,p/r…` and each `?run=p/r` name; without them all of the store.
    static func many(_ call: Call) throws(LarderError) -> Handling {
        let start = try call.request.followStart()
        let store = try call.permit.oneStore()
        var keys: Set<EntryKey> = []
        for text in try call.request.queryText("runs")?.parts(separatedBy: ",") ?? [] where !text.isEmpty {
            keys.insert(try key(String(text)))
        }
        for text in try call.request.queryTexts("run") { keys.insert(try key(text)) }
        return call.followLogs(.runs(keys, store, call.permit.site), from: start)
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
}
