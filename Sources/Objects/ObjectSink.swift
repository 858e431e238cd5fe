package import LarderModel
package import NIOCore

/// An object that is being received, in the form that it is to be kept in. Used by one task at a time; after an error
/// it can only be discarded. One that goes without having been placed leaves nothing, or what the next start removes.
package protocol ObjectSink: Sendable {
    /// Adds bytes; returns when there is room for more.
    /// - Throws: `LarderError` `.diskFull`, `.internalError`.
    func write(_ bytes: ByteBuffer) async throws

    /// Ends the content and puts it in place: when this returns it is durable and can be opened. An object that has the
    /// same locator is replaced, whole, and whoever has that one open goes on reading it. To be called once.
    /// - Returns: where it is now, and its stamp.
    /// - Throws: `LarderError` `.diskFull`, `.internalError`; `FileSystem.SyncFailure`. Nothing is there then, or what
    ///   was there before.
    func place(as digest: Digest, _ encoding: Encoding) async throws -> (locator: ObjectLocator, stamp: ObjectStamp)

    /// Lets go of what was received; once it is placed, does nothing.
    func discard() async
}
