import Disk
import Hashing
package import LarderModel
import NIOCore
import Synchronization

/// Collects small contents and writes a pack whenever it has 32 MiB, which are in memory until then. Used by one task
/// at a time. What it holds when it goes unfinished is not kept.
package final class Packer: Sendable {
    private let repository: Repository
    private let sizeMax: Int
    private let state: Mutex<State>

    private struct State {
        var pack = Pack()
        var bytesWritten: Int64 = 0
        var packsWritten = 0
    }

    /// A pack that fills.
    private struct Pack {
        /// As in the file, but for the index.
        var bytes = ByteBuffer(bytes: PackForm.mark)
        var items: [PackForm.Item] = []
    }

    init(_ repository: Repository, sizeMax: Int) {
        self.repository = repository
        self.sizeMax = sizeMax
        state = Mutex(State())
    }

    /// Bytes and packs that were written so far.
    package var bytesWritten: Int64 { state.withLock { $0.bytesWritten } }
    package var packsWritten: Int { state.withLock { $0.packsWritten } }

    /// Adds a content; returns when a full pack is durable. What is added twice lies there twice.
    /// - Parameters:
    ///   - size: bytes of the plain content.
    ///   - stored: its bytes in that form. They are not compared with the digest: that is done when they are read.
    /// - Throws: `LarderError`, `.entryTooLarge` for what belongs among the large.
    package func add(_ digest: Digest, _ encoding: Encoding, size: Int64, stored: [UInt8]) async throws {
        guard stored.count <= PackForm.sizeMax else {
            throw LarderError(.entryTooLarge, "A content of \(stored.count) bytes has no room in a pack.")
        }
        let isFull = state.withLock { state in
            let start = state.pack.bytes.readableBytes
            state.pack.bytes.writeBytes(stored)
            state.pack.items.append(
                PackForm.Item(name: ContentName(digest, encoding), size: size, place: start..<start + stored.count))
            return state.pack.bytes.readableBytes >= sizeMax
        }
        if isFull { try await write() }
    }

    /// Writes what is left. All that was added is durable then.
    package func finish() async throws {
        if state.withLock({ !$0.pack.items.isEmpty }) { try await write() }
    }

    private func write() async throws {
        let (name, bytes) = try await repository.pool.run { [self] in end(state.withLock { take(&$0.pack) }) }
        let sink = repository.sink(name)
        do {
            try await sink.write(bytes)
            try await sink.finish()
        } catch {
            await sink.discard()
            throw error
        }
        let count = Int64(bytes.readableBytes)
        state.withLock { state in
            state.bytesWritten += repository.isEncrypted ? SealedForm.sealedSize(plain: count) : count
            state.packsWritten += 1
        }
    }

    private func take(_ pack: inout Pack) -> Pack {
        defer { pack = Pack() }
        return pack
    }

    /// Puts the index behind the contents, without a copy of them.
    private func end(_ pack: consuming Pack) -> (name: String, bytes: ByteBuffer) {
        var bytes = pack.bytes
        let items = pack.items
        pack.bytes = ByteBuffer()
        bytes.writeBytes(PackForm.tail(items))
        let hash = bytes.withUnsafeReadableBytes { SHA256.hash(data: $0) }
        return (PackForm.path(repository.key?.hidden(hash) ?? hash), bytes)
    }
}
