import Disk
import Foundation
import LarderModel
import LarderTestSupport
import Objects
import S3
import S3TestSupport
import SigV4

@testable import ObjectsOnS3

/// A bucket, and a place for what is on its way to it.
struct Bench: Sendable {
    let bucket: S3TestBucket
    let directory: DataDirectory
    let pool: DiskPool
    let owner = ObjectOwner(identity: Array(repeating: 7, count: 16), hasObjects: false)

    static func with(_ body: (Bench) async throws -> Void) async throws {
        let bucket = try await S3TestServer.shared.makeBucket()
        try await TemporaryFolder.with { folder async throws in
            let pool = DiskPool(threads: 2)
            let result: Result<Void, any Error>
            do {
                result = .success(
                    try await body(Bench(bucket: bucket, directory: try DataDirectory(folder), pool: pool)))
            } catch { result = .failure(error) }
            try await pool.shutDown()
            try result.get()
        }
    }

    /// One that asks nothing yet. It waits for nothing between tries, and no slow machine takes one of them away.
    func backend(
        _ address: String? = nil, id: String = S3TestServer.accessKey, secret: String = S3TestServer.secretKey,
        token: String? = nil, acceptsUnsafe: Bool = false, strayAge: Duration = .zero
    ) throws -> ObjectsOnS3 {
        try ObjectsOnS3(
            S3Address(parsing: address ?? bucket.address, option: "--objects"),
            AccessKeys(id: id, secret: secret, sessionToken: token),
            directory: directory, pool: pool, acceptsUnsafe: acceptsUnsafe, partSize: 5 << 20, strayAge: strayAge,
            patience: S3Patience(total: .seconds(3_600)), pause: { _ in await Task.yield() })
    }

    /// One that is ready.
    func open(strayAge: Duration = .zero, token: String? = nil) async throws -> ObjectsOnS3 {
        let backend = try backend(token: token, strayAge: strayAge)
        if try await !backend.check(for: owner) { try await backend.mark(for: owner) }
        return backend
    }
}
