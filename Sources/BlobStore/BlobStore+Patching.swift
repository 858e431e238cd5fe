package import LarderModel
import NIOCore
import Synchronization

extension BlobStore {
    /// A merge patch works on entries up to this size: both sides are held in memory.
    package static let patchMax = 16 << 20

    /// Merges a JSON merge patch into an entry (RFC 7396), or makes the entry from it. Nothing another client writes
    /// meanwhile is lost: the result is committed only if the entry is still the one it was made from.
    /// - Throws: `LarderError` `.preconditionFailed`, `.notJSON`; `.entryTooLarge`, also beyond
    ///   `MergePatch.membersMax`.
    package func patch(_ name: EntryName, _ patch: [UInt8], conditions: Preconditions) async throws -> WriteResult {
        _ = try limits(WriteRequest(name: name))
        return try await patching.withLock(name) {
            // Patches of one name take turns here, so only other kinds of writes can come between; 100 in a row is no
            // accident.
            for _ in 0..<100 {
                let current = try await content(name)
                try conditions.checkWrite(current: current.map { ($0.entry.etag, $0.entry.modifiedAt) })
                let target: [UInt8]? =
                    if let current { Array(try await current.collect(limit: Self.patchMax).readableBytesView) } else {
                        nil
                    }
                let merged = try MergePatch.apply(patch, to: target, maxDepth: jsonDepth)
                let seen = current.map { Preconditions(ifMatch: .tags([$0.entry.etag])) } ?? .onlyIfNew
                var request = WriteRequest(
                    name: name, contentType: current?.entry.contentType ?? MediaType.json,
                    metadata: current?.entry.metadata ?? .none,
                    conditions: seen, declaredSize: Int64(merged.count))
                if let expiresAt = current?.entry.expiresAt { request.expiry = .at(expiresAt) }
                let writer = try beginWrite(request)
                try await writer.append(ByteBuffer(bytes: merged))
                do { return try await writer.finish() } catch let error as LarderError
                    where error.code == .preconditionFailed
                { continue }
            }
            throw LarderError(.conflict, "The entry is written too often to be patched; try again.")
        }
    }
}
