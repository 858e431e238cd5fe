import LarderHTTP
import LarderModel
import NIOHTTP1

/// `/v1/health`: how the server was, a point a minute for 24 hours, the last one of this moment.
///
///     {"interval":60,"points":[{"at":"2026-05-10T06:12:00.000Z","requests":12.5,…}]}
enum HealthPage {
    static let kind = ResourceKind<Void>(
        "history", [.task(.GET, .HEAD, by: MetricsPage.right) { _, call, _ in page(call.server) }])

    private static func page(_ server: ServerContext) -> Answer {
        let points = server.health.points(upTo: HealthHistory.Reading(server))
        var json = JSONWriter(capacity: points.count * 250 + 100)
        json.object { json in
            json.field("interval", HealthHistory.interval.components.seconds)
            json.name("points")
            json.array(points) { $1.write(to: &$0) }
        }
        return .json(.ok, json.bytes)
    }
}

extension HealthHistory.Point {
    fileprivate func write(to out: inout JSONWriter) {
        out.object { out in
            out.field("at", at)
            out.field("requests", number: rounded(requests))
            out.field("refused", number: rounded(refused))
            out.field("failed", number: rounded(failed))
            out.field("p50", number: median.map(rounded))
            out.field("p99", number: slow.map(rounded))
            out.field("commitP99", number: commit.map(rounded))
            out.field("bytesIn", number: rounded(bytesIn))
            out.field("bytesOut", number: rounded(bytesOut))
            out.field("queue", queue)
            out.field("followers", followers)
            out.field("freeBytes", freeBytes)
        }
    }

    /// A millionth is as fine as anybody looks.
    private func rounded(_ number: Double) -> Double { (number * 1_000_000).rounded() / 1_000_000 }
}
