package import Disk
import Glibc
import Hashing
import LarderModel
package import NIOCore
import Synchronization

/// An upload while it comes in, which is sent only when it is whole: then its digest is known, and every try can begin
/// anew. One piece stays in memory; more goes into a file of `incoming/` that has no name, so that a dead process
/// leaves none. Used by one task at a time.
package final class Spool: Sendable {
    private let folder: String
    private let pool: DiskPool
    private let partSize: Int64
    private let state: Mutex<State>

    private struct State {
        /// The first piece, while it is the only one.
        var memory: ByteBuffer?
        /// -1: there is no file.
        var descriptor: Int32 = -1
        var size: Int64 = 0
        /// Of the parts that are full; of the one that fills.
        var hashes: [String] = []
        var hash = SHA256()
    }

    /// - Parameter partSize: bytes of each part but the last.
    package init(folder: String, pool: DiskPool, partSize: Int64) {
        self.folder = folder
        self.pool = pool
        self.partSize = partSize
        state = Mutex(State())
    }

    deinit {
        let descriptor = state.withLock { $0.descriptor }
        if descriptor >= 0 { FileSystem.close(descriptor) }
    }

    package var size: Int64 { state.withLock { $0.size } }

    /// Adds bytes. Blocks.
    /// - Throws: `FileSystem.Failure`.
    package func add(_ bytes: ByteBuffer) throws {
        guard bytes.readableBytes > 0 else { return }
        try state.withLock { state in
            hash(bytes, &state)
            if state.size == 0, state.descriptor < 0 {
                state.memory = bytes
            } else {
                if state.descriptor < 0 { try openFile(&state) }
                try write(bytes, to: state.descriptor)
            }
            state.size += Int64(bytes.readableBytes)
        }
    }

    private func openFile(_ state: inout State) throws {
        var random = SystemRandomNumberGenerator()
        let path = "\(folder)/\(String(random.next(), radix: 16))\(String(random.next(), radix: 16))"
        state.descriptor = try FileSystem.open(path, O_RDWR | O_CREAT | O_EXCL)
        try FileSystem.remove(path)
        if let memory = state.memory { try write(memory, to: state.descriptor) }
        state.memory = nil
    }

    private func write(_ bytes: ByteBuffer, to descriptor: Int32) throws {
        try bytes.withUnsafeReadableBytes { try FileSystem.write($0, to: descriptor, path: folder) }
    }

    private func hash(_ bytes: ByteBuffer, _ state: inout State) {
        var bytes = bytes
        var filled = state.size - Int64(state.hashes.count) * partSize
        while bytes.readableBytes > 0 {
            let count = Int(min(partSize - filled, Int64(bytes.readableBytes)))
            if let some = bytes.readSlice(length: count) {
                some.withUnsafeReadableBytes { state.hash.update(bufferPointer: $0) }
            }
            filled += Int64(count)
            guard filled == partSize else { continue }
            state.hashes.append(state.hash.finalize().hex)
            state.hash = SHA256()
            filled = 0
        }
    }

    /// All of it, in parts of at most the part size; one, empty, where there is nothing. No more is added.
    package func parts() -> [SpoolPart] {
        state.withLock { state in
            var hashes = state.hashes
            let rest = state.size - Int64(hashes.count) * partSize
            if rest > 0 || hashes.isEmpty { hashes.append(state.hash.finalize().hex) }
            return hashes.enumerated().map { number, hash in
                let offset = Int64(number) * partSize
                return SpoolPart(spool: self, offset: offset, size: min(partSize, state.size - offset), sha256: hash)
            }
        }
    }

    /// Bytes that were added. Blocks no task.
    /// - Throws: `LarderError`.
    func read(at offset: Int64, count: Int) async throws -> ByteBuffer {
        let (memory, descriptor) = state.withLock { ($0.memory, $0.descriptor) }
        if let memory {
            return memory.getSlice(at: memory.readerIndex + Int(offset), length: count) ?? ByteBuffer()
        }
        return try await pool.run { [self] in
            var buffer = ByteBufferAllocator().buffer(capacity: count)
            do {
                try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
                    try FileSystem.read(
                        descriptor, into: UnsafeMutableRawBufferPointer(rebasing: target[..<count]), at: offset,
                        path: folder)
                }
            } catch let failure as FileSystem.Failure { throw failure.larderError }
            guard buffer.readableBytes == count else {
                throw LarderError(.internalError, "An upload was lost on its way.", cause: "its file is too short")
            }
            return buffer
        }
    }
}
