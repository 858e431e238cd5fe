import LarderHTTP
import LarderModel
import Logs

/// Turns a request for an event stream into what to follow, from its head alone.
struct StreamRequest {
    let context: ServerContext

    /// - Returns: what to follow, and the last event that the client has.
    /// - Throws: `LarderError` when the request may not, or can't be.
    func parse(_ route: ProgressRoute, _ request: RequestHead) throws(LarderError) -> (
        RunStream.Subject, after: Int64?
    ) {
        let face = ProgressFace(context: context)
        let after = try lastEventID(request)
        switch route {
        case .run(let run): return (.run(run, try face.name(run, request)), after)
        case .function:
            guard let run = try ProgressFunction.run(request) else {
                throw LarderError(.malformedRequest, "projectId is required")
            }
            return (.run(run, try face.name(run, request)), after)
        case .runs:
            let store = try face.store(request)
            let (site, _) = try context.authorizeRead(request, store)
            var keys: Set<EntryKey> = []
            for text in try request.queryText("runs")?.parts(separatedBy: ",") ?? [] where !text.isEmpty {
                let parts = text.parts(separatedBy: "/")
                guard parts.count == 2 else {
                    throw LarderError(.malformedRequest, "runs is a list of project/run, separated by commas.")
                }
                keys.insert(try RunName(project: String(parts[0]), run: String(parts[1])).key())
            }
            return (.runs(keys, store, site), after)
        }
    }

    /// `Last-Event-ID`, which a browser sends when it comes back, else `?after=`.
    private func lastEventID(_ request: RequestHead) throws(LarderError) -> Int64? {
        if let text = request.field("last-event-id"), !text.isEmpty {
            guard let id = Int64(text), id >= 0 else {
                throw LarderError(.malformedRequest, "Last-Event-ID is a whole number here.")
            }
            return id
        }
        return try ProgressFace(context: context).number("after", request)
    }
}
