import BlobStore
import LarderHTTP
import LarderModel
import Logs
import NIOCore

/// The content of an entry on its way in.
struct EntryTransfer: Sendable {
    let call: Call

    /// How often larger content that the index keeps is in memory at most: as it came, as it is kept, and twice with
    /// who takes part in the write.
    private static let copies = 4

    /// - Throws: `LarderError` `.entryTooLarge` when more is announced than a signature lets in.
    func checkAnnounced() throws(LarderError) {
        guard let maxSize = call.permit.maxSize, let length = call.request.contentLength, length > maxSize else {
            return
        }
        throw Self.overSigned(maxSize)
    }

    /// Writes the body as the entry's content, as it comes.
    func write(_ wanted: WriteRequest, _ body: IncomingBody) async throws -> WriteResult {
        var wanted = wanted
        if !body.isPlain { wanted.declaredSize = nil }
        let writer = try call.server.blobs.beginWrite(wanted)
        let isHeld = writer.wholeMax > BlobStore.smallMax
        do {
            var received: Int64 = 0
            while let piece = try await body.next() {
                received += Int64(piece.readableBytes)
                try checkReceived(received)
                if isHeld { try body.hold(Self.copies * min(Int(received), writer.wholeMax)) }
                try await writer.append(piece)
            }
            return try await writer.finish()
        } catch {
            writer.abandon()
            throw error
        }
    }

    /// A whole-array write to a log. The array is held in memory: at most twice what the log may keep.
    func merge(_ wanted: WriteRequest, _ body: IncomingBody) async throws -> WriteResult {
        let logs = call.server.entries.logs
        let rule = logs.rule(wanted.name)
        let limit = rule.map(LogService.arrayLimit) ?? 0
        let signed = call.permit.maxSize ?? .max
        let array = try await body.collect(limit: Int(min(Int64(limit), signed)), copies: 2) { most in
            guard signed > Int64(most) else { return Self.overSigned(signed) }
            let text = ByteCount(Int64(limit)).messageText
            return LarderError(.entryTooLarge, "The array is larger than \(text), twice what this log may keep.")
        }
        if let declared = wanted.declaredSize, body.isPlain, declared != Int64(array.count) {
            throw LarderError(
                .malformedRequest,
                "Content-Length announced \(declared) bytes, but \(array.count) came; nothing was stored.")
        }
        return try await logs.merge(
            array, into: wanted.name, metadata: wanted.metadata, expiry: wanted.expiry, conditions: wanted.conditions)
    }

    private func checkReceived(_ bytes: Int64) throws(LarderError) {
        if let maxSize = call.permit.maxSize, bytes > maxSize { throw Self.overSigned(maxSize) }
    }

    private static func overSigned(_ maxSize: Int64) -> LarderError {
        LarderError(
            .entryTooLarge,
            "The content is larger than the \(maxSize) bytes that this URL was signed for; nothing was stored.")
    }
}
