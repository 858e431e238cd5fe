import Access
import BlobStore
import LarderHTTP
import LarderModel
import Logs
import NIOCore
import NIOHTTP1

/// Many pairs at once: nothing is changed before all of them have come and are right, and then all at once.
enum KVBulk {
    /// Pairs, or keys, of one request.
    static let countMax = 10_000
    /// Bytes of one request.
    static let bodyMax = 100 << 20

    /// `PUT …/bulk`, and `DELETE …/bulk`, which is what `POST …/bulk/delete` is.
    static let kind = ResourceKind<KVNamespace>(
        "kv bulk",
        [
            .task(.PUT, by: .kv(.write)) { namespace, call, body in
                guard let store = call.permit.namespace else { return KVAnswer.noNamespace }
                return KVAnswer.done(keys: try await KVBulkWrite(store, call).write(body))
            },
            .task(.DELETE, by: .kv(.write)) { namespace, call, body in
                try await KVBulkDelete.delete(namespace, call, body)
            },
        ])

    static var tooMany: LarderError {
        LarderError(.entryTooLarge, "A bulk has at most \(countMax) keys; nothing was changed.")
    }
    static func tooLarge(_: Int) -> LarderError {
        LarderError(
            .entryTooLarge, "A bulk is at most \(ByteCount(Int64(bodyMax)).messageText); nothing was changed.")
    }
}

/// A bulk of pairs on its way in.
struct KVBulkWrite: Sendable {
    private let store: StoreHandle
    private let call: Call

    init(_ store: StoreHandle, _ call: Call) {
        self.store = store
        self.call = call
    }

    /// - Returns: how many pairs there were.
    /// - Throws: `LarderError`: nothing was changed.
    func write(_ body: IncomingBody) async throws -> Int {
        if let length = call.request.contentLength, length > KVBulk.bodyMax { throw KVBulk.tooLarge(0) }
        var changes: [BulkChange] = []
        do {
            try await stage(body, &changes)
        } catch {
            await call.server.blobs.abandon(changes)
            throw error
        }
        try await call.server.blobs.commit(changes)
        return changes.count
    }

    private func stage(_ body: IncomingBody, _ changes: inout [BulkChange]) async throws {
        var cutter = JSONObjectCutter(objectMax: KVBulk.bodyMax)
        var received = 0, held = 0
        while let piece = try await body.next() {
            received += piece.readableBytes
            guard received <= KVBulk.bodyMax else { throw KVBulk.tooLarge(0) }
            var pairs: [[UInt8]] = []
            try piece.withUnsafeReadableBytes { bytes in
                try cutter.feed(bytes) { pair in
                    guard changes.count + pairs.count < KVBulk.countMax else { throw KVBulk.tooMany }
                    pairs.append(pair)
                }
            }
            // An object that has begun, and what is made of those that have ended.
            try body.hold(held + 3 * (cutter.heldBytes + pairs.reduce(0) { $0 + $1.count }))
            guard !pairs.isEmpty else { continue }
            for change in try await stage(pairs) {
                held += change.heldBytes
                changes.append(change)
            }
        }
        try cutter.finish()
        try body.hold(held)
    }

    /// Off the event loop: compressing takes a while. What was staged when one fails goes with the others.
    private func stage(_ pairs: [[UInt8]]) async throws -> [BulkChange] {
        let now = call.server.blobs.now
        return try await Task(executorPreference: call.server.blobs.pool) { [self] in
            var changes: [BulkChange] = []
            do {
                for bytes in pairs {
                    let pair = try KVPair(bytes, now: now, call)
                    var wanted = WriteRequest(
                        name: EntryName(site: store.site, store: store.name, key: pair.key),
                        contentType: KVValues.contentType(nil, pair.key), metadata: pair.metadata, expiry: pair.expiry)
                    wanted.store = store.id
                    changes.append(try await stage(wanted, pair.value))
                }
            } catch {
                await call.server.blobs.abandon(changes)
                throw error
            }
            return changes
        }.value
    }

    private func stage(_ wanted: WriteRequest, _ value: [UInt8]) async throws -> BulkChange {
        let logs = call.server.entries.logs
        guard logs.rule(wanted.name) != nil else { return try await call.server.blobs.stage(wanted, value) }
        return try await logs.bulkMerge(
            value, into: wanted.name, metadata: wanted.metadata, expiry: wanted.expiry, store: wanted.store)
    }
}
