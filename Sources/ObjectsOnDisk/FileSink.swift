import Disk
import Glibc
import LarderModel
import NIOCore
import Objects
import Synchronization

/// An object that is being received into a file of `incoming/`.
final class FileSink: ObjectSink {
    private let backend: ObjectsOnDisk
    private let path: String
    private let file = Mutex(File.none)

    private enum File {
        /// Nothing has come yet.
        case none
        case open(Int32, size: Int64)
        /// Placed or discarded.
        case closed
    }

    init(_ backend: ObjectsOnDisk) {
        self.backend = backend
        var random = SystemRandomNumberGenerator()
        path = "\(backend.incomingPath)/\(String(random.next(), radix: 16))\(String(random.next(), radix: 16))"
    }

    deinit { close() }

    func write(_ bytes: ByteBuffer) async throws {
        try await backend.onDisk { [self] in
            let (descriptor, size) = try opened()
            try bytes.withUnsafeReadableBytes { try FileSystem.write($0, to: descriptor, path: path) }
            // The fsync at the end finds little left to do.
            FileSystem.beginWriteback(descriptor, offset: size, count: Int64(bytes.readableBytes))
            file.withLock { $0 = .open(descriptor, size: size + Int64(bytes.readableBytes)) }
        }
    }

    private func opened() throws -> (descriptor: Int32, size: Int64) {
        try file.withLock { file in
            switch file {
            case .open(let descriptor, let size): return (descriptor, size)
            case .closed: throw FileSystem.Failure(call: "write", path: path, errno: EBADF)
            case .none:
                let descriptor = try FileSystem.open(path, O_RDWR | O_CREAT | O_EXCL)
                file = .open(descriptor, size: 0)
                return (descriptor, 0)
            }
        }
    }

    func place(as digest: Digest, _ encoding: Encoding) async throws -> (locator: ObjectLocator, stamp: ObjectStamp) {
        try await backend.onDisk { [self] in
            let (descriptor, _) = try opened()
            let place = backend.givesPlaces ? ObjectLocator.newPlace() : []
            let locator = ObjectLocator(digest, encoding, place: place)
            let target = backend.path(locator)
            try FileSystem.sync(descriptor, path: path)
            do { try FileSystem.rename(path, to: target) } catch let error as FileSystem.Failure where error.isOdd {
                // A folder lies there: nothing that we have put.
                try backend.setAside(locator)
                try FileSystem.rename(path, to: target)
            }
            try FileSystem.syncDirectory(backend.folder(of: digest))
            let stamp = try ObjectStamp(ofFile: descriptor, path: target)
            file.withLock { $0 = .closed }
            FileSystem.close(descriptor)
            return (locator, stamp)
        }
    }

    func discard() async { try? await backend.onDisk { [self] in close() } }

    /// Closes and removes the file unless it was placed. Failure leaves it to the next start. Blocks for a moment.
    private func close() {
        let descriptor: Int32? = file.withLock { file in
            defer { file = .closed }
            return if case .open(let descriptor, _) = file { descriptor } else { nil }
        }
        guard let descriptor else { return }
        FileSystem.close(descriptor)
        try? FileSystem.remove(path)
    }
}
