import Glibc
import LarderModel
import Synchronization

/// A file without a name, for what is too much to be held in memory for a while: it goes with its last holder, also
/// when the process dies. Written from front to back, then read. Every call here may block. Used by one thread at a
/// time.
package final class ScratchFile: Sendable {
    private let folder: String
    private let descriptor: Int32
    private let state = Mutex(State())

    private struct State {
        /// Written, and not handed to the system yet.
        var pending: [UInt8] = []
        /// Bytes that the file has.
        var size: Int64 = 0
    }

    /// Bytes that are collected before they are written.
    private static let pieceSize = 256 << 10

    /// - Parameter folder: on the disk that has the room for it.
    /// - Throws: `FileSystem.Failure`.
    package init(in folder: String) throws(FileSystem.Failure) {
        self.folder = folder
        var random = SystemRandomNumberGenerator()
        let path = "\(folder)/\(String(random.next(), radix: 16))\(String(random.next(), radix: 16))"
        descriptor = try FileSystem.open(path, O_RDWR | O_CREAT | O_EXCL)
        try FileSystem.remove(path)
    }

    deinit { FileSystem.close(descriptor) }

    /// Bytes that were added.
    package var size: Int64 { state.withLock { $0.size + Int64($0.pending.count) } }

    /// Adds bytes at the end.
    /// - Throws: `FileSystem.Failure`.
    package func append(_ bytes: [UInt8]) throws(FileSystem.Failure) { try append(bytes[...]) }

    /// The same.
    package func append(_ bytes: ArraySlice<UInt8>) throws(FileSystem.Failure) {
        try state.withLock { state throws(FileSystem.Failure) in
            state.pending.append(contentsOf: bytes)
            if state.pending.count >= Self.pieceSize { try flush(&state) }
        }
    }

    private func flush(_ state: inout State) throws(FileSystem.Failure) {
        do {
            try state.pending.withUnsafeBytes { try FileSystem.write($0, to: descriptor, path: folder) }
        } catch { throw error as? FileSystem.Failure ?? FileSystem.Failure(call: "write", path: folder, errno: EIO) }
        state.size += Int64(state.pending.count)
        state.pending.removeAll(keepingCapacity: true)
    }

    /// Reads bytes; fewer only at the end.
    /// - Throws: `FileSystem.Failure`.
    package func read(at offset: Int64, count: Int) throws -> [UInt8] {
        try state.withLock { if !$0.pending.isEmpty { try flush(&$0) } }
        var bytes = [UInt8](repeating: 0, count: count)
        let found = try bytes.withUnsafeMutableBytes {
            try FileSystem.read(descriptor, into: $0, at: offset, path: folder)
        }
        bytes.removeLast(count - found)
        return bytes
    }
}
