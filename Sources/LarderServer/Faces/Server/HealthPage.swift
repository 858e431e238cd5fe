import BlobStore
import Disk
import Housekeeping
import LarderHTTP
import LarderModel
import NIOHTTP1

/// `/v1/health`: how the server was, a point a minute for 24 hours, the last one of this moment.
///
///     {"node":"db-host:7373","interval":60,"points":[{"at":"2026-05-10T06:12:00.000Z","requests":12.5,…}],
///      "engines":{"index":{"engine":"postgres","p50":0.0004,"p99":0.002,"waitsFor":null},"objects":{…}},
///      "before":{"folder":"/var/lib/larder.before-2026-…","snapshot":"2026-…","at":"2026-…","bytes":123},
///      "backupTo":"file:///mnt/backups"}
enum HealthPage {
    static let kind = ResourceKind<Void>(
        "history", [.task(.GET, .HEAD, by: MetricsPage.right) { _, call, _ in try await page(call.server) }])

    private static func page(_ server: ServerContext) async throws -> Answer {
        let directory = server.blobs.directory
        let replaced = try await server.blobs.pool.run { try directory.replaced() }
        let points = server.health.points(upTo: HealthHistory.Reading(server))
        var json = JSONWriter(capacity: points.count * 250 + 100)
        json.object { json in
            json.field("node", server.blobs.nodeName)
            json.field("interval", HealthHistory.interval.components.seconds)
            json.name("points")
            json.array(points) { $1.write(to: &$0) }
            json.name("engines")
            json.object { json in
                write("index", server.blobs.indexState, points.last?.index, to: &json)
                write("objects", server.blobs.objectState, points.last?.objects, to: &json)
            }
            json.name("before")
            write(replaced, to: &json)
            if let place = server.jobs.usualRepository { json.field("backupTo", place) }
        }
        return .json(.ok, json.bytes)
    }

    /// - Parameter times: of its answers in the last minute; nil: it was asked nothing.
    private static func write(
        _ name: StaticString, _ engine: EngineState, _ times: HealthHistory.Times?, to out: inout JSONWriter
    ) {
        out.name(name)
        out.object { out in
            out.field("engine", engine.kind)
            out.field("p50", number: times.map { rounded($0.median) })
            out.field("p99", number: times.map { rounded($0.slow) })
            out.field("waitsFor", engine.trouble?.message)
        }
    }

    /// The state before the last restore; null: there is none.
    private static func write(_ note: ReplacementNote?, to out: inout JSONWriter) {
        guard let note else { return out.null() }
        out.object { out in
            out.field("folder", note.before)
            out.field("snapshot", note.snapshot)
            out.field("at", Timestamp(milliseconds: note.at))
            out.field("bytes", note.bytes)
        }
    }

    /// A millionth is as fine as anybody looks.
    fileprivate static func rounded(_ number: Double) -> Double { (number * 1_000_000).rounded() / 1_000_000 }
}

extension HealthHistory.Point {
    fileprivate func write(to out: inout JSONWriter) {
        out.object { out in
            out.field("at", at)
            let rounded = HealthPage.rounded
            out.field("requests", number: rounded(requests))
            out.field("refused", number: rounded(refused))
            out.field("failed", number: rounded(failed))
            out.field("p50", number: median.map(rounded))
            out.field("p99", number: slow.map(rounded))
            out.field("commitP99", number: commit.map(rounded))
            out.field("indexP99", number: index.map { rounded($0.slow) })
            out.field("objectsP99", number: objects.map { rounded($0.slow) })
            out.field("bytesIn", number: rounded(bytesIn))
            out.field("bytesOut", number: rounded(bytesOut))
            out.field("queue", queue)
            out.field("followers", followers)
            out.field("freeBytes", freeBytes)
        }
    }
}
