package import Disk
package import LarderModel
package import NIOCore
package import Objects
package import S3
package import SigV4

/// A repository in a bucket of an S3-compatible service. No condition of the service's is leaned on, nor ranges; it
/// has to show in a list what was just written.
package final class RepositoryInBucket: RepositoryStorage {
    package let pool: DiskPool
    let client: S3Client
    /// Where files are before they are whole, on this machine.
    let spoolFolder: String
    /// Bytes of the parts that larger files are sent in.
    let partSize: Int64

    private static let use = S3Use(
        bucket: "The bucket of the repository", whenAway: "; try again in a moment.",
        whenRefused: "; the log says why.",
        whenMissing: "A file of the repository is missing, or was changed while it was read.")

    /// Asks the bucket nothing yet.
    /// - Parameters:
    ///   - spoolFolder: has room for the largest content; nothing stays in it. Made where it is missing.
    ///   - partSize: 5 MiB at least for most services.
    ///   - pause: how to wait before a request is sent again.
    package init(
        _ address: S3Address, _ keys: AccessKeys, spoolFolder: String, pool: DiskPool, partSize: Int64 = 16 << 20,
        patience: S3Patience = S3Patience(),
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        client = S3Client(address, keys, use: Self.use, patience: patience, pause: pause)
        self.pool = pool
        self.spoolFolder = spoolFolder
        self.partSize = partSize
    }

    package var place: String { client.address.text }
    private var prefix: String { client.address.prefix }

    package func isEmpty() async throws -> Bool {
        try await inBucket { try await $0.keys(prefix, limit: 1).isEmpty }
    }

    package func open(_ name: String) async throws -> (any ObjectSource)? {
        let key = try key(name)
        return try await inBucket { client in
            if let head = try await client.head(key) { return S3Source(client, key, head) }
            // A HEAD can't say that the bucket itself is missing; a list can.
            _ = try await client.keys(key, limit: 1)
            return nil
        }
    }

    package func write(_ name: String, _ bytes: ByteBuffer) async throws {
        let key = try key(name)
        _ = try await inBucket { try await $0.put(key, .bytes(bytes)) }
    }

    package func makeSink(_ name: String) -> any RepositorySink { BucketSink(self, name) }

    package func list(_ folder: String) async throws -> [RepositoryFile] {
        let folder = folder.hasSuffix("/") ? folder : folder + "/"
        try RepositoryFile.check(String(folder.dropLast()))
        return try await inBucket { client in
            try await client.list(prefix + folder).compactMap { listed in
                let name = String(listed.key.dropFirst(prefix.count))
                guard RepositoryFile.isName(name) else { return nil }
                return RepositoryFile(name: name, size: listed.size, modifiedAt: listed.modifiedAt)
            }
        }
    }

    package func remove(_ name: String) async throws {
        let key = try key(name)
        try await inBucket { try await $0.delete(key) }
    }

    package func removeRemains(before time: Timestamp) async throws -> Int {
        try await inBucket { client in
            let left: [S3Client.OpenUpload]
            do { left = try await client.openUploads(prefix).filter { $0.begunAt < time } } catch let failure
                as S3Failure where failure.status == 501 || failure.status == 400
            {
                // Not every service lists them.
                return 0
            }
            for upload in left { try await client.abort(upload.key, upload.id) }
            return left.count
        }
    }

    /// Nothing is asked of it any more. Blocks for a moment.
    package func close() { client.close() }

    // MARK: For its sinks

    /// The key of a file.
    func key(_ name: String) throws(LarderError) -> String {
        try RepositoryFile.check(name)
        return prefix + name
    }

    /// - Throws: `LarderError` that names the place.
    func inBucket<R>(_ work: (S3Client) async throws -> R) async throws -> R {
        do { return try await work(client) } catch let failure as S3Failure {
            if failure.isFull {
                throw LarderError(
                    .diskFull, "The repository \(place) is full: make room and try again.", cause: "\(failure)")
            }
            throw failure.mayPass
                ? LarderError(.unavailable, "The repository \(place) can't be reached: \(failure)")
                : LarderError(
                    .unavailable,
                    "The repository \(place) can't be used: \(failure.reason(client.address)) (\(failure))")
        }
    }
}
