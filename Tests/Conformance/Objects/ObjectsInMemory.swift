import LarderModel
import NIOCore
package import Objects
import Synchronization

/// A backend that forgets when it goes: for tests, and to show how little a backend is.
package final class ObjectsInMemory: ObjectBackend {
    fileprivate struct Kept: Sendable {
        let bytes: ByteBuffer
        let stamp: ObjectStamp
        let placedAt = ContinuousClock.now
    }

    package var kind: String { "memory" }
    /// Whether every object that is placed gets a place of its own.
    package let givesPlaces: Bool
    private let kept = Mutex<[ObjectLocator: Kept]>([:])
    private let placedCount = Atomic<UInt64>(0)

    package init(ownPlaces: Bool = false) { givesPlaces = ownPlaces }

    package func makeSink() -> any ObjectSink { MemorySink(self) }

    fileprivate func place(_ bytes: ByteBuffer, _ digest: Digest, _ encoding: Encoding) -> (
        locator: ObjectLocator, stamp: ObjectStamp
    ) {
        let number = placedCount.add(1, ordering: .relaxed).newValue
        let locator = ObjectLocator(digest, encoding, place: givesPlaces ? Array("\(number)".utf8) : [])
        let stamp = ObjectStamp(size: Int64(bytes.readableBytes), marks: (number, 0, 0, 0))
        kept.withLock { $0[locator] = Kept(bytes: bytes, stamp: stamp) }
        return (locator, stamp)
    }

    package func open(_ locator: ObjectLocator) async throws -> (any ObjectSource)? {
        kept.withLock { $0[locator] }.map { MemorySource(stamp: $0.stamp, bytes: $0.bytes) }
    }

    package func stat(_ locator: ObjectLocator) async throws -> ObjectStatus? {
        kept.withLock { $0[locator] }.map { ObjectStatus(size: $0.stamp.size, age: .now - $0.placedAt) }
    }

    package func remove(_ locator: ObjectLocator) async throws { kept.withLock { $0[locator] = nil } }

    package func list(shard: UInt8) async throws -> ObjectListing {
        var listing = ObjectListing()
        listing.objects = Set(kept.withLock { $0.keys.filter { $0.digest.bytes.first == shard } })
        return listing
    }

    package func quarantine(_ locator: ObjectLocator, ifStill stamp: ObjectStamp) async throws -> Bool {
        kept.withLock { kept in
            guard kept[locator]?.stamp == stamp else { return false }
            kept[locator] = nil
            return true
        }
    }
}

private final class MemorySink: ObjectSink {
    private let backend: ObjectsInMemory
    private let received = Mutex(ByteBuffer())

    init(_ backend: ObjectsInMemory) { self.backend = backend }

    func write(_ bytes: ByteBuffer) async throws {
        received.withLock {
            var bytes = bytes
            $0.writeBuffer(&bytes)
        }
    }

    func place(as digest: Digest, _ encoding: Encoding) async throws -> (locator: ObjectLocator, stamp: ObjectStamp) {
        backend.place(received.withLock { $0 }, digest, encoding)
    }

    func discard() async {}
}

private struct MemorySource: ObjectSource {
    let stamp: ObjectStamp
    let bytes: ByteBuffer

    func read(at offset: Int64, count: Int, goingOnTo end: Int64) async throws -> ByteBuffer {
        let start = min(Int(offset), bytes.readableBytes)
        return bytes.getSlice(at: start, length: min(count, bytes.readableBytes - start)) ?? ByteBuffer()
    }
}
