/// What a request about the server itself asks: the first and only segment of its path.
enum ServerRoute: String, Sendable, CaseIterable {
    case health = "healthz"
    case ready = "readyz"
    case version, metrics
    case description = "openapi.json"
}
