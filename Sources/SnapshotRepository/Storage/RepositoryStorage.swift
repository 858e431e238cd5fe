package import Disk
package import LarderModel
package import NIOCore
package import Objects

/// Named files of a repository: a folder, or a bucket. It keeps bytes and knows nothing of what they mean; what each
/// must do is the conformance list in the tests.
///
/// A name is a path below the repository, as ``RepositoryFile/isName(_:)`` has it; another one is never followed.
/// Every failure is a `LarderError` for the person who keeps the repository, and names the place.
package protocol RepositoryStorage: Sendable {
    /// Where it is, for people, without a secret.
    var place: String { get }
    /// The threads that wait for a disk, hash, compress and seal.
    var pool: DiskPool { get }

    /// Whether there is nothing at all in this place, or no such place. What a killed writer left does not count.
    func isEmpty() async throws -> Bool

    /// Opens a file for reading; nil: there is none.
    func open(_ name: String) async throws -> (any ObjectSource)?

    /// Writes a whole file, in the place of the one that was there. Durable when this returns.
    func write(_ name: String, _ bytes: ByteBuffer) async throws

    /// Prepares to write a file piece by piece. Nothing of it is seen before it is finished.
    func makeSink(_ name: String) -> any RepositorySink

    /// All files in a folder and the folders below it, in no order; none when there is no such folder.
    /// - Parameter folder: `objects/`, `objects/ab/`.
    func list(_ folder: String) async throws -> [RepositoryFile]

    /// Removing what is not there is no error.
    func remove(_ name: String) async throws

    /// Takes away what writers that never came to their end have left.
    /// - Parameter time: what was begun later stays; by the storage's own clock.
    /// - Returns: how many there were.
    func removeRemains(before time: Timestamp) async throws -> Int
}

/// A file that is being written. Used by one task at a time; after an error it can only be discarded.
package protocol RepositorySink: Sendable {
    /// Adds bytes; returns when there is room for more.
    func write(_ bytes: ByteBuffer) async throws
    /// Puts the file in its place, whole: durable when this returns. To be called once.
    func finish() async throws
    /// Lets go of what was written; once it is finished, does nothing.
    func discard() async
}

extension RepositorySink {
    /// Writes all of a source.
    /// - Parameter look: is shown each piece before it is written; what it throws ends the work.
    func writeAll(of source: any ObjectSource, _ look: (ByteBuffer) async throws -> Void) async throws {
        var offset: Int64 = 0
        let size = source.stamp.size
        while offset < size {
            let piece = try await source.read(at: offset, count: Repository.pieceSize, goingOnTo: size)
            guard piece.readableBytes > 0 else { break }
            try await look(piece)
            try await write(piece)
            offset += Int64(piece.readableBytes)
        }
    }
}
