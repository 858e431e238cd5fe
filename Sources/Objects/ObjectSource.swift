package import NIOCore

/// An object, open for reading as it is kept. Its bytes stay readable when it is removed or replaced meanwhile. Closed
/// when the last reference goes.
package protocol ObjectSource: Sendable {
    /// Of the object as it was opened.
    var stamp: ObjectStamp { get }

    /// Bytes from an offset on; fewer than `count` only at the end.
    /// - Throws: `LarderError` `.internalError`.
    func read(at offset: Int64, count: Int) async throws -> ByteBuffer
}
