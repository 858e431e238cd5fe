import LarderModel
import NIOCore
import Objects
import Synchronization

/// Compares stored bytes with the name of their content while they go by. Used by one task at a time, on the pool.
final class RunningCheck: Sendable {
    private let check: Mutex<ContentCheck>

    /// - Parameter size: bytes of the plain content.
    init(_ digest: Digest, _ encoding: Encoding, size: Int64) {
        check = Mutex(ContentCheck(digest, encoding, size: size))
    }

    /// - Throws: `LarderError` `.corruptEntry` when they can't be right.
    func take(_ bytes: ByteBuffer) throws { try check.withLock { try $0.take(bytes) } }

    /// All were taken.
    /// - Throws: `LarderError` `.corruptEntry` when they are not that content.
    func finish() throws { try check.withLock { try $0.finish() } }
}
