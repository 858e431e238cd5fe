import Disk
import Glibc
import NIOCore
import Synchronization

/// A file of a folder that is being written in `incoming/`. Its file is made with the first byte, or at the end.
final class FolderSink: RepositorySink {
    private let folder: RepositoryInFolder
    private let name: String
    private let temporary: String
    /// -1: there is no file, or it is closed.
    private let descriptor = Mutex<Int32>(-1)
    /// Whether a file lies in `incoming/`.
    private let isThere = Mutex(false)

    init(_ folder: RepositoryInFolder, _ name: String) {
        self.folder = folder
        self.name = name
        temporary = "\(RepositoryInFolder.incoming)/\(Repository.randomName())"
    }

    deinit {
        let descriptor = descriptor.withLock { $0 }
        if descriptor >= 0 { FileSystem.close(descriptor) }
    }

    func write(_ bytes: ByteBuffer) async throws {
        let path = try folder.full(temporary)
        try await folder.onDisk { [self] in
            try open(path)
            let descriptor = descriptor.withLock { $0 }
            try bytes.withUnsafeReadableBytes { try FileSystem.write($0, to: descriptor, path: path) }
        }
    }

    func finish() async throws {
        let path = try folder.full(temporary), target = try folder.full(name)
        try await folder.onDisk { [self] in
            try open(path)
            try FileSystem.sync(descriptor.withLock { $0 }, path: path)
            close()
            try folder.makeFolder(of: name)
            try FileSystem.rename(path, to: target)
            isThere.withLock { $0 = false }
            try FileSystem.syncDirectory(String(target.dropLast(lastPartCount)))
        }
    }

    func discard() async {
        guard isThere.withLock({ $0 }), let path = try? folder.full(temporary) else { return }
        // What stays goes with the next prune.
        try? await folder.onDisk { [self] in
            close()
            try FileSystem.remove(path)
        }
    }

    /// Characters of the slash and what follows it.
    private var lastPartCount: Int { (name.split(separator: "/").last?.count ?? 0) + 1 }

    private func open(_ path: String) throws {
        guard descriptor.withLock({ $0 }) < 0 else { return }
        try folder.makeFolder(of: temporary)
        let made = try FileSystem.open(path, O_WRONLY | O_CREAT | O_EXCL)
        descriptor.withLock { $0 = made }
        isThere.withLock { $0 = true }
    }

    private func close() {
        let old = descriptor.withLock { descriptor in
            defer { descriptor = -1 }
            return descriptor
        }
        if old >= 0 { FileSystem.close(old) }
    }
}
