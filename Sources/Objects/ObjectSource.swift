package import NIOCore

/// An object, open for reading as it is kept. Its bytes stay readable when it is removed or replaced meanwhile. Closed
/// when the last reference goes.
package protocol ObjectSource: Sendable {
    /// Of the object as it was opened.
    var stamp: ObjectStamp { get }

    /// Bytes from an offset on; fewer than `count` only at the end.
    /// - Parameter end: where the reader will stop that goes on from here, at most the object's end: what lies in
    ///   between may be fetched ahead.
    /// - Throws: `LarderError` `.internalError`; `.unavailable` when what keeps it can't be reached.
    func read(at offset: Int64, count: Int, goingOnTo end: Int64) async throws -> ByteBuffer
}

extension ObjectSource {
    /// The same for who wants no more.
    package func read(at offset: Int64, count: Int) async throws -> ByteBuffer {
        try await read(at: offset, count: count, goingOnTo: min(offset + Int64(count), stamp.size))
    }
}
