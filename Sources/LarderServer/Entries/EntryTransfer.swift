import BlobStore
import LarderHTTP
import LarderModel
import Logs
import NIOCore

/// The content of an entry on its way in.
struct EntryTransfer: Sendable {
    let call: Call
    /// What is taken at most, whatever the rule allows; nil: as much as that.
    let ceiling: ContentCeiling?

    /// How often larger content that the index keeps is in memory at most: as it came, as it is kept, and twice with
    /// who takes part in the write.
    static let copies = 4

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
                try ceiling?.check(received)
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
        let limit = logs.rule(wanted.name).map(LogService.arrayLimit) ?? 0
        let array = try await body.collect(limit: min(limit, Int(ceiling?.bytes ?? .max)), copies: 2) { most in
            if let ceiling, ceiling.bytes <= most { return ceiling.refusal }
            let text = ByteCount(Int64(limit)).messageText
            return LarderError(.entryTooLarge, "The array is larger than \(text), twice what this log may keep.")
        }
        if let declared = wanted.declaredSize, body.isPlain, declared != Int64(array.count) {
            throw LarderError(
                .malformedRequest,
                "Content-Length announced \(declared) bytes, but \(array.count) came; nothing was stored.")
        }
        return try await logs.merge(
            array, into: wanted.name, metadata: wanted.metadata, expiry: wanted.expiry, conditions: wanted.conditions,
            store: wanted.store)
    }
}
