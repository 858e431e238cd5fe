import LarderModel
import NIOHTTP1

/// A request before it has a server: what to send, and what the transport must know to send it well.
struct WireRequest: Sendable {
    var method: HTTPMethod
    var path: String
    var query: [(name: String, value: String)] = []
    var headers: HTTPHeaders = [:]
    var body: UploadBody?
    /// Whether the answer is an endless stream: another idle limit, and no retries here.
    var isStream = false

    init(_ method: HTTPMethod, _ path: String) {
        self.method = method
        self.path = path
    }

    /// Path and query as they go out.
    var target: String {
        guard !query.isEmpty else { return path }
        return path + "?"
            + query.map { "\($0.name)=\(PercentCoding.encode($0.value.utf8, keeping: ""))" }.joined(separator: "&")
    }
}
