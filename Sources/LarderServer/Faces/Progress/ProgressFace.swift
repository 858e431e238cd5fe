import BlobStore
import LarderHTTP
import LarderModel
import Logs

extension Face {
    /// Progress of runs (contract §4.3): their events as JSON and as streams, and the function that old apps call.
    static let progress = Face(
        label: "progress", errors: .json,
        routes: [
            Route("/v1/progress", credentials: [.token, .cookie], crossOrigin: .listed) {
                (path, _) throws(LarderError) in
                guard let path, !path.isEmpty else { return Resource((), ProgressRuns.kind) }
                guard case (let project, let run?) = path.cut() else { return nil }
                return Resource(
                    try RunName(project: try identifier(project), run: try identifier(run)), ProgressRun.kind)
            },
            Route(
                "/.netlify/functions/progress", credentials: [.token],
                crossOrigin: .any(ProgressFunction.crossOriginFields), ProgressFunction.kind),
        ])

    private static func identifier(_ bytes: PathPart) throws(LarderError) -> Identifier {
        guard let identifier = Identifier(validating: PercentCoding.decode(bytes)) else {
            throw LarderError(.invalidKey, "A project or run ID must be UTF-8.")
        }
        return identifier
    }
}

/// The store of runs.
enum ProgressStore {
    /// An app's own (`?store=acme-progress`), else `progress`.
    /// - Throws: `LarderError` `.malformedRequest` for a store that keeps no logs of runs.
    static func asked<Target>(_ target: Target, _ caller: Caller) throws(LarderError) -> StoreName {
        guard !caller.request.query.isEmpty, let text = try caller.request.queryText("store") else {
            return try StoreName("progress")
        }
        let store = try StoreName(text)
        let policies = caller.server.blobs.policies
        guard policies.rule(for: try RunName(project: "p", run: "r").key(), in: policies.policy(for: store)).log != nil
        else {
            throw LarderError(
                .malformedRequest, "The store '\(store)' keeps no runs; its policy has no log rule for them.")
        }
        return store
    }
}
