package import LarderModel
import NIOCore
import Synchronization

extension BlobStore {
    /// A merge patch works on entries up to this size: both sides are held in memory.
    package static let patchMax = 16 << 20
    private static let pieceSize = 512 << 10

    /// Merges a JSON merge patch into an entry (RFC 7396), or makes the entry from it. Nothing another client writes
    /// meanwhile is lost: the result is committed only if the entry is still the one it was made from.
    /// - Parameter hold: told of the bytes of an entry before it is read into memory; as much again is made of it.
    /// - Throws: `LarderError` `.preconditionFailed`, `.notJSON`; `.entryTooLarge`, also beyond
    ///   `MergePatch.membersMax`; what `hold` throws: nothing is changed then.
    package func patch(
        _ name: EntryName, _ patch: [UInt8], conditions: Preconditions, hold: (Int) throws -> Void = { _ in }
    ) async throws -> WriteResult {
        try await rewrite(name, conditions: conditions, hold: hold) { [jsonDepth] target in
            try MergePatch.apply(patch, to: target, maxDepth: jsonDepth)
        }
    }

    /// Makes an entry's content anew from what it is. Nothing another client writes meanwhile is lost: the result is
    /// committed only if the entry is still the one it was made from.
    /// - Parameters:
    ///   - hold: told of the bytes of an entry before it is read into memory; as much again is made of it.
    ///   - change: given the content, nil where there is no entry; called again when another write came between.
    /// - Throws: `LarderError` `.preconditionFailed`, `.entryTooLarge`; what `hold` and `change` throw: nothing is
    ///   changed then.
    package func rewrite(
        _ name: EntryName, conditions: Preconditions = .none, hold: (Int) throws -> Void = { _ in },
        _ change: ([UInt8]?) throws -> [UInt8]
    ) async throws -> WriteResult {
        _ = try limits(WriteRequest(name: name))
        return try await patching.withLock(name) {
            // Patches of one name take turns here, so only other kinds of writes can come between; 100 in a row is no
            // accident.
            for _ in 0..<100 {
                let current = try await content(name)
                try conditions.checkWrite(current: current.map { ($0.entry.etag, $0.entry.modifiedAt) })
                var target: [UInt8]?
                if let current {
                    if current.entry.size <= Self.patchMax { try hold(Int(current.entry.size)) }
                    target = try await current.collect(limit: Self.patchMax)
                }
                let merged = try change(target)
                let seen = current.map { Preconditions(ifMatch: .tags([$0.entry.etag])) } ?? .onlyIfNew
                var request = WriteRequest(
                    name: name, contentType: current?.entry.contentType ?? MediaType.json,
                    metadata: current?.entry.metadata ?? .none,
                    conditions: seen, declaredSize: Int64(merged.count))
                request.expiry = current?.entry.renewal ?? .never
                let writer = try beginWrite(request)
                for start in stride(from: 0, to: merged.count, by: Self.pieceSize) {
                    let piece = merged[start..<min(start + Self.pieceSize, merged.count)]
                    try await writer.append(ByteBuffer(bytes: piece))
                }
                do { return try await writer.finish() } catch let error as LarderError
                    where error.code == .preconditionFailed
                { continue }
            }
            throw LarderError(.conflict, "The entry is written too often to be patched; try again.")
        }
    }
}
