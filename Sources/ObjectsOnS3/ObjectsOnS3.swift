package import Disk
package import LarderModel
package import Objects
package import S3
package import SigV4
import Synchronization

/// Objects in a bucket of an S3-compatible service:
///
///     objects/ab/ab34…[.gz].5f0c…     named by the SHA-256 of the plain content and 16 random bytes, its place
///     quarantine/ab34….5f0c….12345    damaged ones, with the time at which they were moved
///     larder.id                       whose they are
///     check/…                         what a start tries out; gone at its end
///
/// Every upload has a place of its own, kept in its row: nothing is ever replaced, no condition of the service's is
/// leaned on, and the removal of an old one can't take a newer one. Content is spooled in `incoming/` of the data
/// directory and sent when it is whole.
package final class ObjectsOnS3: ObjectBackend {
    let client: S3Client
    let pool: DiskPool
    let incomingPath: String
    /// Bytes of the parts that larger content is sent in.
    let partSize: Int64
    private let reading: OpenObjects
    let acceptsUnsafe: Bool
    /// Whether it was found to be the index's bucket; nothing is done with it before.
    let isChecked = Atomic(false)
    package let strayAge: Duration?

    private static let use = S3Use(
        bucket: "The bucket that keeps large content",
        whenAway: ", so nothing was done; small content goes on. Try again in a moment.",
        whenRefused: ", so nothing was done; small content goes on. The server's log says why.",
        whenMissing: "The stored content of this entry is missing or was changed; write it again.")

    package static let partSizeUsual: Int64 = 16 << 20
    /// Longer than any upload of ours goes on.
    package static let strayAgeUsual = Duration.seconds(3_600)

    /// Makes `incoming/` where it is missing. Asks the bucket nothing yet. Blocks.
    /// - Parameters:
    ///   - acceptsUnsafe: whether a bucket will do that does not keep what is asked of one, for trials.
    ///   - partSize: 5 MiB at least for most services.
    ///   - pause: how to wait before a request is sent again.
    /// - Throws: `LarderError` for the person who starts the server.
    package init(
        _ address: S3Address, _ keys: AccessKeys, directory: DataDirectory, pool: DiskPool,
        acceptsUnsafe: Bool = false, partSize: Int64 = partSizeUsual, strayAge: Duration = strayAgeUsual,
        patience: S3Patience = S3Patience(),
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) throws(LarderError) {
        client = S3Client(address, keys, use: Self.use, patience: patience, pause: pause)
        self.pool = pool
        self.partSize = partSize
        self.strayAge = strayAge
        self.acceptsUnsafe = acceptsUnsafe
        incomingPath = directory.incomingPath
        // What can't be taken away now has no row, so the collector will.
        reading = OpenObjects { [client] key in try? await client.delete(key) }
        do { try FileSystem.makeDirectory(incomingPath) } catch {
            throw LarderError(.internalError, "can't use the data directory \(directory.path): \(error)")
        }
    }

    package var kind: String { "s3" }
    package var givesPlaces: Bool { true }
    package var address: String? { client.address.text }
    package var statistics: ObjectStatistics? { client.statistics }
    /// Keys of the prefix that this server was given.
    var prefix: String { client.address.prefix }

    // MARK: Names

    private func folder(_ shard: UInt8) -> String { "\(prefix)objects/\([shard].hex)/" }

    func key(_ locator: ObjectLocator) -> String {
        "\(folder(locator.digest.bytes[0]))\(locator.name)"
    }

    // MARK: Objects

    package func makeSink() -> any ObjectSink { S3Sink(self) }

    package func open(_ locator: ObjectLocator) async throws -> (any ObjectSource)? {
        guard locator.place.count == ObjectLocator.placeCount else { return nil }
        let key = key(locator)
        guard let reader = reading.read(key), let head = try await inBucket({ try await $0.head(key) }) else {
            return nil
        }
        return S3Source(client, key, head, hold: reader)
    }

    package func stat(_ locator: ObjectLocator) async throws -> ObjectStatus? {
        guard locator.place.count == ObjectLocator.placeCount else { return nil }
        let key = key(locator)
        guard !reading.isRemoved(key), let head = try await inBucket({ try await $0.head(key) }) else { return nil }
        return ObjectStatus(size: head.size, age: head.age)
    }

    package func remove(_ locator: ObjectLocator) async throws {
        guard locator.place.count == ObjectLocator.placeCount else { return }
        let key = key(locator)
        guard reading.remove(key) else { return }
        defer { reading.ended(key) }
        try await inBucket { try await $0.delete(key) }
    }

    package func list(shard: UInt8) async throws -> ObjectListing {
        let folder = folder(shard)
        var listing = ObjectListing()
        for key in try await inBucket({ try await $0.keys(folder) }) where !reading.isRemoved(key) {
            let name = key.dropFirst(folder.count)
            if let locator = ObjectLocator(name: name), !locator.place.isEmpty, locator.digest.bytes.first == shard {
                listing.objects.insert(locator)
            } else {
                listing.foreign.append("\([shard].hex)/\(name)")
            }
        }
        return listing
    }

    package func quarantine(_ locator: ObjectLocator, ifStill stamp: ObjectStamp) async throws -> Bool {
        guard locator.place.count == ObjectLocator.placeCount else { return false }
        let key = key(locator)
        guard !reading.isRemoved(key), let head = try await inBucket({ try await $0.head(key) }),
            ObjectStamp(size: head.size, etag: head.etag) == stamp
        else { return false }
        let name = key.split(separator: "/").last ?? ""
        let target = "\(prefix)quarantine/\(name).\(WallClock.system.now().milliseconds)"
        guard try await inBucket({ try await $0.copy(key, to: target, etag: head.etag) }) else { return false }
        // Not put off until nobody reads it: whoever does has nothing good of it.
        _ = reading.remove(key)
        defer { reading.ended(key) }
        try await inBucket { try await $0.delete(key) }
        return true
    }

    package func removeRemains() async throws -> Int {
        try await inBucket { client in
            let age = strayAge ?? Self.strayAgeUsual
            let left = try await client.openUploads("\(prefix)objects/").filter { $0.age >= age }
            for upload in left { try await client.abort(upload.key, upload.id) }
            return left.count
        }
    }

    package func close() { client.close() }

    // MARK: Errors

    /// - Throws: `LarderError`.
    func inBucket<R>(_ work: (S3Client) async throws -> R) async throws -> R {
        guard isChecked.load(ordering: .acquiring) else { throw Self.unreached }
        do { return try await work(client) } catch let failure as S3Failure { throw client.error(failure) }
    }

    /// Runs blocking work on the pool.
    /// - Throws: `LarderError`.
    func onDisk<R: Sendable>(_ work: @Sendable () throws -> R) async throws -> R {
        do { return try await pool.run { try work() } } catch let failure as FileSystem.Failure {
            throw failure.larderError
        }
    }
}
