import LarderHTTP
import LarderModel
import NIOHTTP1

/// What pages of the origins that the server was told (`--cors-origin`) may send and read (Fetch §3.2).
struct CORS: Sendable {
    let origins: CORSOrigins

    private static let methods = "GET, HEAD, PUT, POST, PATCH, DELETE"
    private static let requestFields =
        "authorization, content-type, content-encoding, range, if-match, if-none-match, if-modified-since, "
        + "if-unmodified-since, if-range, larder-metadata, larder-ttl, larder-vector, larder-model, "
        + "idempotency-key, last-event-id"
    private static let answerFields =
        "accept-ranges, content-disposition, content-encoding, content-range, etag, last-modified, location, "
        + "larder-metadata, larder-sha256, larder-size, larder-stored-size, larder-encoding, larder-created, "
        + "larder-modified, larder-expires, retry-after, x-ratelimit-limit, x-ratelimit-remaining, "
        + "x-ratelimit-reset, x-request-id"

    /// The answer to a browser that asks before it sends. Asking needs no token.
    /// - Returns: nil when the request is something else.
    func preflight(_ request: RequestHead) -> Answer? {
        guard !origins.origins.isEmpty, request.method == .OPTIONS,
            request.headers.contains(name: "access-control-request-method")
        else { return nil }
        var answer = Answer(.noContent)
        if isAllowed(request) {
            answer.headers.add(name: "access-control-allow-methods", value: Self.methods)
            answer.headers.add(name: "access-control-allow-headers", value: Self.requestFields)
            answer.headers.add(name: "access-control-max-age", value: "600")
        }
        addFields(request, to: &answer.headers)
        return answer
    }

    /// Adds what lets the page of an allowed origin read the answer.
    func addFields(_ request: RequestHead, to headers: inout HTTPHeaders) {
        guard !origins.origins.isEmpty else { return }
        headers.add(name: "vary", value: "Origin")
        guard isAllowed(request), let origin = request.field("origin") else { return }
        headers.add(name: "access-control-allow-origin", value: origin)
        if request.method != .OPTIONS { headers.add(name: "access-control-expose-headers", value: Self.answerFields) }
    }

    func isAllowed(_ request: RequestHead) -> Bool {
        request.field("origin").map { origins.origins.contains($0) } ?? false
    }
}
