import Disk
package import LarderModel
import NIOCore
package import Objects

extension Repository {
    /// Looks which contents there are: lists `objects/` and `packs/` and reads the packs' indexes.
    package func contents() async throws -> RepositoryContents {
        let objects = try await storage.list(ObjectName.folder)
        let packs = try await storage.list(PackForm.folder)
        let large = SortedNames(), packed = SortedNames()
        large.add(objects.lazy.compactMap { ObjectName(path: $0.name)?.name })
        var readable: [RepositoryFile] = [], damaged: [String] = []
        try await eachPack(packs) { pack, index in
            guard let index else { return damaged.append(pack.name) }
            readable.append(pack)
            packed.add(index.items.lazy.map(\.name))
        }
        let sorted = try await pool.run { (packed: packed.sorted(), large: large.sorted()) }
        return RepositoryContents(
            packed: sorted.packed, large: sorted.large, packs: readable, damaged: damaged,
            bytes: (objects + packs).reduce(0) { $0 + $1.size }, key: key)
    }

    /// Adds a large content, in the form that it is kept in. It is compared with its digest on its way: what is not
    /// that content is not kept. One that is there already is written again.
    /// - Parameters:
    ///   - size: bytes of the plain content.
    ///   - source: its stored bytes.
    /// - Returns: bytes written.
    /// - Throws: `LarderError`, `.corruptEntry` when it is another content.
    package func add(
        _ digest: Digest, _ encoding: Encoding, size: Int64, from source: any ObjectSource
    ) async throws -> Int64 {
        let sink = sink(ObjectName(digest, encoding, key).path)
        let check = RunningCheck(digest, encoding, size: size)
        do {
            try await sink.writeAll(of: source) { piece in try await pool.run { try check.take(piece) } }
            try check.finish()
            try await sink.finish()
        } catch {
            await sink.discard()
            throw error
        }
        return isEncrypted ? SealedForm.sealedSize(plain: source.stamp.size) : source.stamp.size
    }

    /// Opens a large content.
    /// - Parameter size: bytes of the plain content.
    /// - Throws: `LarderError` `.notFound`; `.corruptEntry`.
    package func read(_ digest: Digest, _ encoding: Encoding, size: Int64) async throws -> RepositoryReader {
        guard let source = try await source(ObjectName(digest, encoding, key).path) else {
            throw LarderError(.notFound, "The repository at \(place) lacks the content \(digest).")
        }
        return RepositoryReader(source, RunningCheck(digest, encoding, size: size), pool: pool)
    }
}
