import Gzip
import Disk
import struct Crypto.SHA256
import Glibc
import LarderModel
import NIOCore
import Synchronization

/// Takes the content of one entry as it arrives and turns it into a ``StagedObject``, in constant memory: at most two
/// pieces of 512 KiB.
///
/// While a piece is hashed, compressed and written on a thread of the pool, the next one is received. Used by one task
/// at a time.
package final class ObjectWriter: Sendable {
    private let store: ObjectStore
    private let work: Mutex<Work>
    private let step = StepGate()
    /// What has arrived since the last piece went to the pool. Touched by the one task that uses the writer.
    private let pending: Mutex<ByteBuffer>

    private let pieceSize: Int

    /// - Parameter inlineMax: content up to this size is kept in the index.
    package init(
        store: ObjectStore, contentType: String, compression: Policy.Compression, inlineMax: Int = ObjectStore.inlineMax
    ) {
        self.store = store
        pieceSize = max(512 << 10, inlineMax + 1)
        work = Mutex(Work(store: store, contentType: contentType, compression: compression, inlineMax: inlineMax))
        pending = Mutex(ByteBuffer())
    }

    /// Adds content. Returns when there is room for more.
    /// - Throws: `LarderError` `.diskFull` or `.internalError`; the writer is then of no more use.
    package func append(_ bytes: ByteBuffer) async throws {
        let piece: ByteBuffer? = pending.withLock { pending in
            if pending.readableBytes == 0 {
                pending = bytes
            } else {
                var bytes = bytes
                pending.writeBuffer(&bytes)
            }
            guard pending.readableBytes >= pieceSize else { return nil }
            defer { pending = ByteBuffer() }
            return pending
        }
        guard let piece else { return }
        try await step.waitForLast()
        step.begin()
        store.pool.start { [self] in
            step.end(Result { try work.withLock { try $0.take(piece) } })
        }
    }

    /// All content is there: makes it durable. What follows is the index's commit.
    package func finish() async throws -> StagedObject {
        try await step.waitForLast()
        let rest = pending.withLock { pending in
            defer { pending = ByteBuffer() }
            return pending
        }
        return try await store.pool.run { [self] in
            do { return try work.withLock { try $0.finish(rest) } } catch let failure as FileSystem.Failure {
                throw failure.larderError
            }
        }
    }

    /// Lets go of what was written so far. Also happens when the last reference goes.
    package func abandon() { store.pool.start { [self] in work.withLock { $0.discard() } } }
}

/// At most one step at a time is under way; the next one waits for it.
private final class StepGate: Sendable {
    private enum State {
        case idle
        case running
        case waiting(CheckedContinuation<Void, any Error>)
        case failed(any Error)
    }
    private let state = Mutex(State.idle)

    func begin() { state.withLock { $0 = .running } }

    func end(_ result: Result<Void, any Error>) {
        let (waiter, outcome): (CheckedContinuation<Void, any Error>?, Result<Void, any Error>) = state.withLock {
            state in
            let waiter: CheckedContinuation<Void, any Error>? =
                if case .waiting(let waiter) = state { waiter } else { nil }
            let outcome = result.mapError { ($0 as? FileSystem.Failure)?.larderError ?? $0 }
            state = if case .failure(let error) = outcome { .failed(error) } else { .idle }
            return (waiter, outcome)
        }
        waiter?.resume(with: outcome)
    }

    func waitForLast() async throws {
        try await withCheckedThrowingContinuation { waiter in
            let ready: Result<Void, any Error>? = state.withLock { state in
                switch state {
                case .idle: return .success(())
                case .failed(let error): return .failure(error)
                case .running, .waiting:
                    state = .waiting(waiter)
                    return nil
                }
            }
            if let ready { waiter.resume(with: ready) }
        }
    }
}

/// The blocking half: everything here runs on a thread of the pool.
private struct Work: ~Copyable {
    private let store: ObjectStore
    private let contentType: String
    private let compression: Policy.Compression
    private let inlineMax: Int
    private var hash = SHA256()
    private var size: Int64 = 0
    private var file: File?

    init(store: ObjectStore, contentType: String, compression: Policy.Compression, inlineMax: Int) {
        self.store = store
        self.inlineMax = inlineMax
        self.contentType = contentType
        self.compression = compression
    }

    deinit { file?.discard() }

    mutating func take(_ piece: ByteBuffer) throws {
        try piece.withUnsafeReadableBytes { bytes in
            let file = try file ?? File(store: store, encoding: chooseEncoding(bytes))
            self.file = file
            hash.update(bufferPointer: bytes)
            size += Int64(bytes.count)
            try file.write(bytes)
        }
    }

    mutating func finish(_ rest: ByteBuffer) throws -> StagedObject {
        if file == nil, rest.readableBytes <= inlineMax {
            return InlineObject.stage(Array(rest.readableBytesView), contentType: contentType, compression: compression)
        }
        if rest.readableBytes > 0 || file == nil { try take(rest) }
        guard let file, let digest = Digest(Array(hash.finalize())) else { preconditionFailure("content was taken") }
        try file.finish(digest)
        let claim = store.claims.claim(digest)
        try file.install(digest)
        self.file = nil
        return StagedObject(
            digest: digest, size: size, storedSize: file.storedSize, encoding: file.encoding, content: .file(claim))
    }

    mutating func discard() {
        file?.discard()
        file = nil
    }

    /// Auto: media that is compressed already never; else when gzip saves a tenth of a sample.
    private func chooseEncoding(_ sample: UnsafeRawBufferPointer) -> Encoding {
        switch compression {
        case .always: return .gzip
        case .never: return .identity
        case .auto:
            guard !MediaType.isCompressed(contentType) else { return .identity }
            let part = Array(sample.prefix(64 << 10))
            return InlineObject.compress(part).count * 10 <= part.count * 9 ? .gzip : .identity
        }
    }
}

/// A file in `incoming/` that is being written.
private final class File {
    let encoding: Encoding
    private(set) var storedSize: Int64 = 0
    private let store: ObjectStore
    private let path: String
    private var descriptor: Int32
    private var packer: Packer?

    init(store: ObjectStore, encoding: Encoding) throws {
        self.store = store
        self.encoding = encoding
        var random = SystemRandomNumberGenerator()
        path = "\(store.directory.incomingPath)/\(String(random.next(), radix: 16))\(String(random.next(), radix: 16))"
        descriptor = try FileSystem.open(path, O_RDWR | O_CREAT | O_EXCL)
        if encoding == .gzip { packer = Packer() }
    }

    deinit { discard() }

    func write(_ plain: UnsafeRawBufferPointer) throws {
        if let packer {
            try packer.pack(plain, finish: false).withUnsafeBytes { try writeStored($0) }
        } else {
            try writeStored(plain)
        }
    }

    private func writeStored(_ bytes: UnsafeRawBufferPointer) throws {
        guard !bytes.isEmpty else { return }
        try FileSystem.write(bytes, to: descriptor, path: path)
        FileSystem.beginWriteback(descriptor, offset: storedSize, count: Int64(bytes.count))
        storedSize += Int64(bytes.count)
    }

    /// Ends the content: checks the compressed form, fsyncs.
    func finish(_ digest: Digest) throws {
        if let packer {
            try packer.pack(UnsafeRawBufferPointer(start: nil, count: 0), finish: true).withUnsafeBytes {
                try writeStored($0)
            }
            guard try packer.unpackedDigest() == digest else {
                throw LarderError(
                    .internalError, "Compression on the server went wrong; nothing was stored.",
                    cause: "\(digest) did not unpack")
            }
        }
        try FileSystem.sync(descriptor, path: path)
    }

    func install(_ digest: Digest) throws {
        try store.install(path, descriptor: descriptor, as: digest, encoding)
        FileSystem.close(descriptor)
        descriptor = -1
    }

    /// Closes and removes the file unless it was installed. Failure leaves a file in `incoming/`, which the next start
    /// empties.
    func discard() {
        guard descriptor >= 0 else { return }
        FileSystem.close(descriptor)
        descriptor = -1
        try? FileSystem.remove(path)
    }
}

/// Compresses, and at once inflates and hashes what came out (promise 3): one pass over the data instead of two.
private final class Packer {
    private let encoder = GzipEncoder()
    private let decoder = GzipDecoder()
    private var hash = SHA256()

    func pack(_ plain: UnsafeRawBufferPointer, finish: Bool) throws -> [UInt8] {
        var output: [UInt8] = []
        encoder.encode(plain, finish: finish, into: &output)
        try output.withUnsafeBytes { bytes in
            try decoder.decode(bytes, pieceSize: 256 << 10) { hash.update(bufferPointer: $0) }
        }
        return output
    }

    func unpackedDigest() throws -> Digest? {
        try decoder.finish()
        return Digest(Array(hash.finalize()))
    }
}
