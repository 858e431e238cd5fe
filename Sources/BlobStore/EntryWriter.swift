package import LarderModel
package import NIOCore
import Objects
import Synchronization

/// Receives the content of one entry. The entry is as it was until ``finish()`` returns, and for ever if it throws.
package final class EntryWriter: Sendable {
    private let request: WriteRequest
    private let limit: SizeLimit
    private let objects: ObjectWriter
    private let blobs: BlobStore
    private let received = Mutex<Int64>(0)
    /// Content up to this size is held whole until it is committed.
    package let wholeMax: Int

    init(_ request: WriteRequest, limit: SizeLimit, blobs: BlobStore, wholeMax: Int, objects: ObjectWriter) {
        self.request = request
        self.wholeMax = wholeMax
        self.limit = limit
        self.blobs = blobs
        self.objects = objects
    }

    /// Adds content; returns when there is room for more.
    /// - Throws: `LarderError` `.entryTooLarge` as soon as the limit is passed, `.diskFull`.
    package func append(_ bytes: ByteBuffer) async throws {
        let total = received.withLock {
            $0 += Int64(bytes.readableBytes)
            return $0
        }
        try limit.check(total)
        if let pause = blobs.pauseReason { throw pause }
        try blobs.diskGuard.check()
        do { try await objects.append(bytes) } catch { throw blobs.writeFailure(error) }
    }

    /// Makes the entry durable and current.
    /// - Parameter metadata: known only now; nil: as the request said.
    /// - Throws: `LarderError` `.malformedRequest` when fewer or more bytes came than announced, `.preconditionFailed`,
    ///   `.diskFull`, `.readOnly`.
    package func finish(metadata: Metadata? = nil) async throws -> WriteResult {
        let total = received.withLock { $0 }
        if let declared = request.declaredSize, declared != total {
            throw LarderError(
                .malformedRequest, "Content-Length announced \(declared) bytes, but \(total) came; nothing was stored.")
        }
        let staged: StagedObject
        do { staged = try await objects.finish() } catch { throw blobs.writeFailure(error) }
        var request = request
        if let metadata { request.metadata = metadata }
        return try await blobs.commit(request, staged)
    }

    /// Lets go of what came so far.
    package func abandon() { objects.abandon() }
}

/// The largest content a rule allows, with words for who passes it.
package struct SizeLimit: Sendable {
    package let bytes: Int64
    private let rule: Glob
    private let policy: String

    init(_ rule: Policy.Rule, of policy: Policy) {
        bytes = rule.maxSize.bytes
        self.rule = rule.keys
        self.policy = policy.name
    }

    /// - Throws: `LarderError` `.entryTooLarge`, naming the limit and the rule.
    package func check(_ size: Int64) throws(LarderError) {
        guard size > bytes else { return }
        throw LarderError(
            .entryTooLarge,
            "The content is larger than \(ByteCount(bytes)), the limit of the rule '\(rule)' in policy "
                + "'\(policy)'; nothing was stored."
        )
    }
}
