import Disk
package import LarderModel
package import NIOCore
import Synchronization

/// Takes the content of one entry as it arrives and turns it into a ``StagedObject``, in constant memory: at most two
/// pieces of 512 KiB.
///
/// While a piece is hashed, compressed and written on a thread of the pool, the next one is received. Used by one task
/// at a time.
package final class ObjectWriter: Sendable {
    private let objects: ObjectStore
    private let sink: any ObjectSink
    private let intake: Mutex<ContentIntake>
    private let inlineMax: Int
    private let pieceSize: Int
    /// What has arrived since the last piece was begun.
    private let pending = Mutex(ByteBuffer())
    /// The work on the last piece: the next one waits for it, and fails as it did.
    private let step = Mutex<Task<Void, any Error>?>(nil)

    /// - Parameter inlineMax: content up to this size is kept in the index.
    package init(
        store: ObjectStore, contentType: String, compression: Policy.Compression, inlineMax: Int = ObjectStore.inlineMax
    ) {
        objects = store
        sink = store.backend.makeSink()
        self.inlineMax = inlineMax
        pieceSize = max(512 << 10, inlineMax + 1)
        intake = Mutex(ContentIntake(contentType: contentType, compression: compression))
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
        try await waitForStep()
        let work = Task(executorPreference: objects.pool) { [self] in try await write(piece) }
        step.withLock { $0 = work }
    }

    /// All content is there: makes it durable. What follows is the index's commit.
    /// - Throws: `LarderError` `.diskFull`, `.internalError`; `FileSystem.SyncFailure`.
    package func finish() async throws -> StagedObject {
        try await waitForStep()
        let rest = pending.withLock { pending in
            defer { pending = ByteBuffer() }
            return pending
        }
        return try await objects.pool.run { [self] in try await finish(rest) }
    }

    /// Lets go of what was written so far. Also happens when the last reference goes.
    package func abandon() {
        let last = step.withLock { $0 }
        Task(executorPreference: objects.pool) { [sink] in
            _ = await last?.result
            await sink.discard()
        }
    }

    private func waitForStep() async throws { try await step.withLock { $0 }?.value }

    /// Runs on the pool.
    private func write(_ piece: ByteBuffer) async throws {
        let stored = try intake.withLock { try $0.take(piece) }
        if stored.readableBytes > 0 { try await sink.write(stored) }
    }

    /// Runs on the pool.
    private func finish(_ rest: ByteBuffer) async throws -> StagedObject {
        let isBegun = intake.withLock { $0.isBegun }
        if !isBegun, rest.readableBytes <= inlineMax {
            return intake.withLock { $0.stageInline(Array(rest.readableBytesView)) }
        }
        if rest.readableBytes > 0 || !isBegun { try await write(rest) }
        let end = try intake.withLock { try $0.finish() }
        if end.stored.readableBytes > 0 { try await sink.write(end.stored) }
        let claim = await objects.claims.claim(end.digest)
        let placed = try await sink.place(as: end.digest, end.encoding)
        objects.remember(placed.locator, placed.stamp)
        return StagedObject(
            digest: end.digest, size: end.size, storedSize: placed.stamp.size, encoding: end.encoding,
            content: .stored(placed.locator, claim))
    }
}
