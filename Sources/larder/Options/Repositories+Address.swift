import Disk
import Foundation
import LarderModel
import S3
import SigV4
import SnapshotRepository
import Snapshots

extension Repositories {
    /// Those that this program can reach.
    /// - Parameters:
    ///   - usual: the address where nobody names another; nil: there is none.
    ///   - keyFile: holds the key of encrypted ones; nil: there is no key.
    ///   - credentials: holds a bucket's keys, in AWS's form; nil: they are in the environment.
    ///   - spoolFolder: where uploads are spooled.
    static func of(_ usual: String?, keyFile: String?, credentials: String?, spoolFolder: String) -> Repositories {
        let pool = DiskPool()
        return Repositories(usual: usual, version: ProgramVersion.text) {
            try await pool.run { try keyFile.map { try RepositoryKey(file: $0) } }
        } storage: { address in
            if let path = try folder(address) { return RepositoryInFolder(path, pool: pool) }
            let keys = try await pool.run { try AccessKeys.found(in: credentials) }
            let region = ProcessInfo.processInfo.environment["AWS_REGION"]
            let bucket = try S3Address(parsing: address, region: region, option: "--to")
            return RepositoryInBucket(bucket, keys, spoolFolder: spoolFolder, pool: pool)
        }
    }

    /// The folder that an address names; nil: it names none.
    private static func folder(_ address: String) throws(LarderError) -> String? {
        if address.hasPrefix("/") { return address }
        guard address.hasPrefix("file://") else { return nil }
        let path = String(address.dropFirst("file://".count))
        guard path.hasPrefix("/"), path.count > 1 else {
            throw LarderError(
                .malformedRequest, "The address of the repository is not usable: it is not file:///FOLDER.")
        }
        return path
    }
}
