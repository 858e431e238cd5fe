import Access
import LarderHTTP
import LarderModel
import NIOHTTP1

/// Counts and times of requests by face, kind of method and class of status: few and fixed labels, whatever clients
/// send.
final class RequestMetrics: Sendable {
    private static let methods = ["get", "head", "put", "post", "patch", "delete", "other"]
    private static let classes = ["1xx", "2xx", "3xx", "4xx", "5xx"]

    /// By ``Exchange/Label/index``.
    private let labels: [String]
    private let counts: [Counter]
    private let seconds: [Histogram]
    let bytesIn = Counter()
    let bytesOut = Counter()
    /// Answered on the event loop, without a task.
    let fastPath = Counter()
    /// Requests that came too soon, by the limit of their token that they met.
    let rateLimited = Dictionary(uniqueKeysWithValues: RateLimiter.Refusal.Kind.allCases.map { ($0, Counter()) })

    /// - Parameter labels: of the faces, by ``Exchange/Label/index``.
    init(labels: [String]) {
        self.labels = labels
        counts = (0..<labels.count * Self.methods.count * Self.classes.count).map { _ in Counter() }
        seconds = labels.map { _ in Histogram.seconds() }
    }

    private static func index(_ method: HTTPMethod) -> Int {
        switch method {
        case .GET: 0
        case .HEAD: 1
        case .PUT: 2
        case .POST: 3
        case .PATCH: 4
        case .DELETE: 5
        default: 6
        }
    }

    func observe(
        _ label: Exchange.Label, _ method: HTTPMethod, _ status: HTTPResponseStatus, _ duration: Duration,
        bytesOut: Int64
    ) {
        let face = label.index
        let statusClass = min(max(Int(status.code) / 100, 1), 5) - 1
        counts[(face * Self.methods.count + Self.index(method)) * Self.classes.count + statusClass].add()
        seconds[face].observe(duration.seconds)
        self.bytesOut.add(bytesOut)
    }

    /// Over all faces and methods: all, those with 4xx and 5xx, and the times.
    var totals: (requests: Int64, refused: Int64, failed: Int64, seconds: Histogram.Snapshot) {
        func sum(_ counted: (Int) -> Bool) -> Int64 {
            counts.indices.reduce(0) { counted($1 % Self.classes.count) ? $0 + counts[$1].value : $0 }
        }
        let nothing = Histogram.Snapshot(counts: Histogram.secondsBounds.map { _ in 0 } + [0], sum: 0)
        return (sum { _ in true }, sum { $0 == 3 }, sum { $0 == 4 }, seconds.reduce(nothing) { $0 + $1.snapshot })
    }

    func write(to text: inout MetricsText) {
        text.family("larder_requests_total", "counter", "Requests answered, by face, method and class of status.")
        for (f, face) in labels.enumerated() {
            for (m, method) in Self.methods.enumerated() {
                for (c, statusClass) in Self.classes.enumerated() {
                    let count = counts[(f * Self.methods.count + m) * Self.classes.count + c].value
                    if count > 0 {
                        text.sample(
                            "larder_requests_total",
                            [("face", face), ("method", method), ("status", statusClass)], Double(count))
                    }
                }
            }
        }
        text.family("larder_request_seconds", "histogram", "From the request's head to the end of its answer.")
        for (f, face) in labels.enumerated() where seconds[f].snapshot.total > 0 {
            text.histogram("larder_request_seconds", [("face", face)], seconds[f])
        }
        text.counter("larder_received_body_bytes_total", "Bytes of request bodies.", bytesIn.value)
        text.counter("larder_sent_body_bytes_total", "Bytes of answers' bodies.", bytesOut.value)
        text.counter("larder_fast_path_total", "Requests answered on the event loop.", fastPath.value)
        text.family(
            "larder_rate_limited_total", "counter",
            "Requests refused because their token's rate was used up, by the limit they met.")
        for kind in RateLimiter.Refusal.Kind.allCases {
            text.sample("larder_rate_limited_total", [("limit", kind.rawValue)], Double(rateLimited[kind]?.value ?? 0))
        }
    }
}
