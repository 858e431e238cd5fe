import Disk
import LarderModel
import NIOCore

extension ObjectStore {
    private static let copyStep = 512 << 10

    /// Copies an object, in the form that it is kept in, to another backend, and compares it with its name on the way:
    /// what is not what its name says is not placed. In constant memory.
    /// - Parameter size: bytes of the plain content.
    /// - Returns: where it lies there.
    /// - Throws: `LarderError` `.corruptEntry` when it is missing, short or not what its name says; what the backends
    ///   throw.
    package func copy(
        _ locator: ObjectLocator, size: Int64, to target: any ObjectBackend
    ) async throws -> ObjectLocator {
        guard let source = try await backend.open(locator) else {
            throw Self.corrupt(locator.digest, "there is none")
        }
        let sink = target.makeSink()
        do {
            return try await pool.run {
                var check = ContentCheck(locator.digest, locator.encoding, size: size)
                var offset: Int64 = 0
                let end = source.stamp.size
                while offset < end {
                    let bytes = try await source.read(at: offset, count: Self.copyStep, goingOnTo: end)
                    guard bytes.readableBytes > 0 else { throw Self.corrupt(locator.digest, "its file is too short") }
                    try check.take(bytes)
                    try await sink.write(bytes)
                    offset += Int64(bytes.readableBytes)
                }
                try check.finish()
                return try await sink.place(as: locator.digest, locator.encoding).locator
            }
        } catch {
            await sink.discard()
            throw error
        }
    }
}
