import LarderHTTP
import NIOHTTP1

/// Which pages of other origins may read a route's answers (Fetch §3.2). Cookies play no part: such a page brings a
/// token or a signed URL.
enum CrossOrigin: Sendable {
    /// None.
    case none
    /// Those of the origins that the server was told.
    case listed
    /// All. The fields are those that say so; the route answers `OPTIONS` itself.
    case any(HTTPHeaders)

    /// The answer to a browser that asks before it sends. Asking needs no token.
    /// - Returns: nil when the request is something else.
    func preflight(_ request: RequestHead, _ cors: CORS) -> Answer? {
        guard case .listed = self, request.method == .OPTIONS else { return nil }
        return cors.preflight(request)
    }

    /// Adds what lets the page of an allowed origin read the answer.
    func addFields(_ request: RequestHead, _ cors: CORS, to headers: inout HTTPHeaders) {
        switch self {
        case .none: break
        case .listed: cors.addFields(request, to: &headers)
        case .any(let fields): headers.add(contentsOf: fields)
        }
    }
}
