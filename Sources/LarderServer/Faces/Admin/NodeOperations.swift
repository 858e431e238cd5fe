import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

/// `/v1/admin/nodes`: the nodes that serve this index together, by their names; one where nobody else may open it.
/// Those that were not heard of for a day are forgotten.
enum NodeOperations {
    static let nodes = ResourceKind<Void>(
        "nodes", [.task(.GET, .HEAD, by: .administration) { _, call, _ in try await list(call) }])

    private static func list(_ call: Call) async throws -> Answer {
        let nodes = try await call.server.blobs.nodes()
        var json = JSONWriter()
        json.object { json in
            json.name("nodes")
            json.array(nodes) { $1.write(to: &$0) }
        }
        return .json(.ok, json.bytes)
    }
}

extension NodeRecord {
    /// A node as the wire shows it:
    ///
    ///     {"name","version","state":"up"|"gone","address","since","seenAt","doing":["verify"],"databaseMs","bucketMs"}
    fileprivate func write(to out: inout JSONWriter) {
        out.object { out in
            out.field("name", name)
            out.field("version", version)
            out.field("state", isUp ? "up" : "gone")
            out.field("address", address)
            out.field("since", since)
            out.field("seenAt", seenAt)
            out.field("doing", texts: doing)
            out.field("databaseMs", number: databaseMilliseconds.map(Self.rounded))
            out.field("bucketMs", number: bucketMilliseconds.map(Self.rounded))
        }
    }

    private static func rounded(_ milliseconds: Double) -> Double { (milliseconds * 1_000).rounded() / 1_000 }
}
