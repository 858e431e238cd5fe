import Disk
import LarderModel
import NIOCore
import S3

/// A file for a bucket: spooled on this machine, sent when it is whole.
final class BucketSink: RepositorySink {
    private let bucket: RepositoryInBucket
    private let name: String
    private let spool: Spool

    init(_ bucket: RepositoryInBucket, _ name: String) {
        self.bucket = bucket
        self.name = name
        spool = Spool(folder: bucket.spoolFolder, pool: bucket.pool, partSize: bucket.partSize)
    }

    func write(_ bytes: ByteBuffer) async throws {
        do {
            try await bucket.pool.run { [bucket, spool] in
                if spool.size == 0 { try FileSystem.makeDirectories(bucket.spoolFolder) }
                try spool.add(bytes)
            }
        } catch let failure as FileSystem.Failure {
            throw LarderError(
                failure.isDiskFull ? .diskFull : .unavailable,
                "The folder for what is on its way to the repository can't be used: \(failure)")
        }
    }

    func finish() async throws {
        let key = try bucket.key(name)
        _ = try await bucket.inBucket { try await $0.upload(spool.parts(), to: key) }
    }

    // The spool has no name: it goes with its last reader.
    func discard() async {}
}
