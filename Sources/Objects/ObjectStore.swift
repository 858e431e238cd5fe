import Gzip
import Disk
import struct Crypto.SHA256
import Glibc
import LarderModel
import NIOCore
import Synchronization

/// Content-addressed files: `objects/ab/ab34…[.gz]`, named by the SHA-256 of the plain content.
///
/// Write order, which is what makes a 2xx mean something: all bytes into `incoming/`, fsync, rename into `objects/`,
/// fsync of that directory; only then may the index commit a row that names the object (contract §2, promise 1). A
/// rename over an equal object replaces it, so a damaged file heals when its content is written again.
package final class ObjectStore: Sendable {
    package let directory: DataDirectory
    package let pool: DiskPool
    package let claims = DigestClaims()
    private let checked = CheckedFiles()

    /// Plain content up to this size is kept in the index: one commit instead of a file, two fsyncs and a rename.
    /// Measured on a machine of our kind (docs/design.md, "Inline threshold").
    package static let inlineMax = 32 << 10

    package init(directory: DataDirectory, pool: DiskPool) {
        self.directory = directory
        self.pool = pool
    }

    package func path(_ digest: Digest, _ encoding: Encoding) -> String {
        let hex = digest.hex
        return "\(directory.objectsPath)/\(hex.prefix(2))/\(hex)\(encoding == .gzip ? ".gz" : "")"
    }

    /// Moves a finished, fsynced file into place and makes the move durable. Blocks.
    /// - Throws: ``FileSystem/Failure``, ``FileSystem/SyncFailure``.
    func install(_ temporary: String, descriptor: Int32, as digest: Digest, _ encoding: Encoding) throws {
        let target = path(digest, encoding)
        try FileSystem.rename(temporary, to: target)
        try FileSystem.syncDirectory(String(target[..<(target.lastIndex(of: "/") ?? target.endIndex)]))
        // We hashed these bytes on their way in: the first read need not do it again.
        checked.remember(digest, encoding, try FileStamp(descriptor, path: target))
    }

    /// Removes an object's file. For collection, under the writer, while nobody claims the digest. Blocks.
    package func remove(_ digest: Digest, _ encoding: Encoding) throws { try FileSystem.remove(path(digest, encoding)) }

    /// Opens an object for reading. The first time in this process, and whenever the file has changed, the whole
    /// content is hashed before a byte is given out: damage is reported, never served. 500 MB take about 0.4 s then.
    /// - Throws: `LarderError` `.corruptEntry` when the file is missing, short or not what its name says.
    package func open(_ digest: Digest, _ encoding: Encoding, size: Int64) async throws -> ObjectReader {
        let path = path(digest, encoding)
        let reader = try await pool.run { try Self.openFile(path, digest, encoding, size: size) }
        if checked.contains(digest, encoding, reader.stamp) { return reader }
        try await verify(reader)
        checked.remember(digest, encoding, reader.stamp)
        return reader
    }

    static func openFile(_ path: String, _ digest: Digest, _ encoding: Encoding, size: Int64) throws -> ObjectReader {
        do {
            let descriptor = try FileSystem.open(path, O_RDONLY)
            do {
                let stamp = try FileStamp(descriptor, path: path)
                return ObjectReader(
                    path: path, descriptor: descriptor, digest: digest, encoding: encoding, size: size, stamp: stamp)
            } catch {
                FileSystem.close(descriptor)
                throw error
            }
        } catch let failure as FileSystem.Failure where failure.isMissing {
            throw corrupt(digest, "its file is missing")
        } catch let failure as FileSystem.Failure {
            throw failure.larderError
        }
    }

    /// Hashes an object's whole plain content, in steps that let other work of the pool in between.
    private func verify(_ reader: ObjectReader) async throws {
        let check = try Mutex(ContentCheck(reader))
        var isDone = false
        while !isDone {
            isDone = try await pool.run { try check.withLock { try $0.step() } }
        }
    }

    static func corrupt(_ digest: Digest, _ problem: String) -> LarderError {
        LarderError(
            .corruptEntry, "The stored content of this entry is damaged and is not served; write it again to heal it.",
            cause: "object \(digest): \(problem)")
    }
}

/// A pass over an object's content that compares it with its name.
struct ContentCheck: ~Copyable {
    private let reader: ObjectReader
    private let decoder: GzipDecoder?
    private var hash = SHA256()
    private var plainCount: Int64 = 0
    /// Stored bytes seen so far.
    private(set) var offset: Int64 = 0

    private static let stepSize = 1 << 20

    init(_ reader: ObjectReader) throws {
        self.reader = reader
        decoder = reader.encoding == .gzip ? GzipDecoder() : nil
    }

    /// - Returns: whether the whole content has been seen and is right.
    mutating func step() throws -> Bool {
        let bytes = try reader.readStored(at: offset, count: Self.stepSize)
        offset += Int64(bytes.readableBytes)
        do {
            try bytes.withUnsafeReadableBytes { input in
                if let decoder {
                    try decoder.decode(input, pieceSize: 256 << 10) { piece in
                        plainCount += Int64(piece.count)
                        guard plainCount <= reader.size else { throw GzipDecoder.Failure.notGzip }
                        hash.update(bufferPointer: piece)
                    }
                } else {
                    plainCount += Int64(input.count)
                    hash.update(bufferPointer: input)
                }
            }
            if bytes.readableBytes == Self.stepSize { return false }
            try decoder?.finish()
        } catch {
            throw ObjectStore.corrupt(reader.digest, "not gzip: \(error)")
        }
        guard plainCount == reader.size, Digest(Array(hash.finalize())) == reader.digest else {
            throw ObjectStore.corrupt(reader.digest, "its content does not hash to its name")
        }
        return true
    }
}

/// Files whose content was hashed by this process, with what the file system said of them then. Bounded: beyond 2 ×
/// 32,768 the older half is forgotten, which costs a second hashing and nothing else.
private final class CheckedFiles: Sendable {
    private struct Name: Hashable {
        let digest: Digest
        let encoding: Encoding
    }
    private struct State {
        var recent: [Name: FileStamp] = [:]
        var older: [Name: FileStamp] = [:]
    }
    private let state = Mutex(State())
    private static let halfMax = 32_768

    func contains(_ digest: Digest, _ encoding: Encoding, _ stamp: FileStamp) -> Bool {
        let name = Name(digest: digest, encoding: encoding)
        return state.withLock { ($0.recent[name] ?? $0.older[name]) == stamp }
    }

    func remember(_ digest: Digest, _ encoding: Encoding, _ stamp: FileStamp) {
        state.withLock { state in
            if state.recent.count >= Self.halfMax {
                state.older = state.recent
                state.recent = [:]
            }
            state.recent[Name(digest: digest, encoding: encoding)] = stamp
        }
    }
}
