import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

extension Face {
    /// What the server says of itself: `/healthz`, `/readyz`, `/version`, `/metrics`, `/v1/health`, `/openapi.json`.
    static let server = Face(
        label: "admin", errors: .json,
        routes: [
            Route("/healthz", credentials: [.token], ServerState.health),
            Route("/readyz", credentials: [.token], ServerState.ready),
            Route("/version", credentials: [.token], ServerState.version),
            Route("/metrics", credentials: [.token, .cookie], MetricsPage.kind),
            Route("/v1/health", credentials: [.token, .cookie], HealthPage.kind),
            Route("/openapi.json", credentials: [.token], Description.kind),
        ])
}

private enum ServerState {
    /// The process is up and answers.
    static let health = ResourceKind<Void>(
        "health", [.task(.GET, .HEAD, by: .anybody) { _, _, _ in .json(.ok, #"{"status":"ok"}"#) }])

    /// The process does its work: 503 with the reason when it can't.
    static let ready = ResourceKind<Void>(
        "ready",
        [
            .task(.GET, .HEAD, by: .anybody) { _, call, _ in
                let blobs = call.server.blobs
                try await blobs.checkIndex()
                if let reason = blobs.readOnlyReason ?? blobs.pauseReason { return .error(reason) }
                if let reason = blobs.diskGuard.refusal {
                    var answer = Answer.error(reason)
                    answer.status = .serviceUnavailable
                    return answer
                }
                if let reason = blobs.objectTrouble { return .error(reason) }
                return .json(.ok, #"{"status":"ready"}"#)
            }
        ])

    static let version = ResourceKind<Void>(
        "version",
        [
            .task(.GET, .HEAD, by: .anybody) { _, _, _ in
                var json = JSONWriter()
                json.object { json in
                    json.field("version", LarderVersion.current)
                    json.field("api", "v1")
                }
                return .json(.ok, json.bytes)
            }
        ])
}
