import LarderModel
import NIOCore
import Objects
import S3

/// An object that is being received; sent to the bucket when it is whole.
final class S3Sink: ObjectSink {
    private let backend: ObjectsOnS3
    private let spool: Spool

    init(_ backend: ObjectsOnS3) {
        self.backend = backend
        spool = Spool(folder: backend.incomingPath, pool: backend.pool, partSize: backend.partSize)
    }

    func write(_ bytes: ByteBuffer) async throws {
        try await backend.onDisk { [spool] in try spool.add(bytes) }
    }

    func place(as digest: Digest, _ encoding: Encoding) async throws -> (locator: ObjectLocator, stamp: ObjectStamp) {
        let locator = ObjectLocator(digest, encoding, place: ObjectLocator.newPlace())
        let etag = try await backend.inBucket { try await $0.upload(spool.parts(), to: backend.key(locator)) }
        return (locator, ObjectStamp(size: spool.size, etag: etag))
    }

    // The file has no name: it goes with its last reader.
    func discard() async {}
}
