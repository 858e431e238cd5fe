import Disk
import Index
import LarderModel

extension BlobStore {
    /// Does what has to work on a full disk, too: where it finds no room, the reserve makes some, and it is done again.
    package func withReserve<R: Sendable>(_ work: @Sendable () async throws -> R) async throws -> R {
        do { return try await work() } catch {
            guard Self.isDiskFull(error) else { throw error }
            try? await pool.run { [reserve] in reserve.release() }
            index.makeRoom()
            return try await work()
        }
    }

    private static func isDiskFull(_ error: any Error) -> Bool {
        (error as? LarderError)?.code == .diskFull || (error as? FileSystem.Failure)?.isDiskFull == true
    }
}
