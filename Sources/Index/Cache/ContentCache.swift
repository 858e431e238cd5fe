package import LarderModel
package import NIOCore
import Synchronization

/// Small content by its digest, checked against that: true for ever, whoever writes. For an index that several nodes
/// write, where what a name means is asked each time.
///
/// Bounded by bytes, by an estimate of 200 for each beside the content.
package final class ContentCache: Sendable {
    /// Content as it is stored.
    package struct Stored: Sendable {
        package let encoding: Encoding
        package let bytes: ByteBuffer

        package init(_ encoding: Encoding, _ bytes: ByteBuffer) {
            self.encoding = encoding
            self.bytes = bytes
        }
    }

    private static let shardCount = 16
    private final class Shard: Sendable {
        let table: Mutex<ClockTable<Digest, Stored>>
        init(_ bytesMax: Int) { table = Mutex(ClockTable(costMax: bytesMax)) }
    }
    private let shards: [Shard]

    init(maxBytes: Int) {
        shards = (0..<Self.shardCount).map { _ in Shard(maxBytes / Self.shardCount) }
    }

    private func shard(_ digest: Digest) -> Shard { shards[Int(digest.bytes[0]) % Self.shardCount] }

    package subscript(digest: Digest) -> Stored? { shard(digest).table.withLock { $0.value(digest) } }

    /// Keeps content that was checked against its digest.
    package func keep(_ content: Stored, _ digest: Digest) {
        shard(digest).table.withLock { $0.insert(digest, content, cost: content.bytes.readableBytes + 200) }
    }
}
