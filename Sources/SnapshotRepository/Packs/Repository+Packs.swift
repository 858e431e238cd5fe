import Disk
package import LarderModel
import NIOCore
import Objects

extension Repository {
    /// Bytes at a pack's end that are read at first; they hold the index of 5,000 contents.
    private static let tailGuess: Int64 = 256 << 10

    /// Prepares to add small contents.
    package func makePacker() -> Packer { Packer(self, sizeMax: PackForm.sizeMax) }

    /// The same with packs of another size, for tests.
    func makePacker(sizeMax: Int) -> Packer { Packer(self, sizeMax: sizeMax) }

    /// Reads the wanted small contents, pack after pack; one pack is in memory. Each is compared with its digest.
    /// - Parameters:
    ///   - wanted: one that lies in two packs is asked for, and given, twice.
    ///   - damaged: hears of what can't be read; the rest is read all the same.
    ///   - body: takes one; what it throws ends the work.
    package func eachPacked(
        in contents: RepositoryContents, wanted: @escaping @Sendable (Digest, Encoding) -> Bool,
        damaged: (DamagedPack) async throws -> Void, _ body: (PackedContent) async throws -> Void
    ) async throws {
        for pack in contents.packs {
            let found: (contents: [PackedContent], damage: DamagedPack?)
            do { found = try await read(pack, wanted: wanted) } catch let error as LarderError
                where error.code == .corruptEntry || error.code == .notFound
            { found = ([], DamagedPack(name: pack.name, lost: [], why: error.message)) }
            if let damage = found.damage { try await damaged(damage) }
            for content in found.contents { try await body(content) }
        }
    }

    /// What is wanted of one pack; nil: not all of that can be read.
    func readForPrune(
        _ pack: RepositoryFile, wanted: @escaping @Sendable (Digest, Encoding) -> Bool
    ) async throws -> [PackedContent]? {
        do {
            let found = try await read(pack, wanted: wanted)
            return found.damage == nil ? found.contents : nil
        } catch let error as LarderError where error.code == .corruptEntry { return nil }
    }

    /// What is wanted of one pack, and what of it is lost.
    private func read(
        _ pack: RepositoryFile, wanted: @escaping @Sendable (Digest, Encoding) -> Bool
    ) async throws -> (contents: [PackedContent], damage: DamagedPack?) {
        guard let source = try await source(pack.name) else {
            throw LarderError(.notFound, "The pack is gone.")
        }
        guard let index = try await index(of: source) else {
            throw LarderError(.corruptEntry, "The pack's index is damaged.")
        }
        let items = index.items.filter { wanted($0.name.digest, $0.name.encoding) }
        guard !items.isEmpty else { return ([], nil) }
        let bytes: ByteBuffer
        do { bytes = try await wholeFile(source) } catch let error as LarderError where error.code == .corruptEntry {
            // A chunk that is not authentic: what lies in the others may be read.
            return try await readSingly(items, of: source, pack)
        }
        return try await pool.run { [self] in
            check(items, pack) { bytes.getBytes(at: $0.lowerBound, length: $0.count) }
        }
    }

    private func readSingly(
        _ items: [PackForm.Item], of source: any ObjectSource, _ pack: RepositoryFile
    ) async throws -> (contents: [PackedContent], damage: DamagedPack?) {
        var found: [Int: [UInt8]] = [:]
        for item in items {
            do {
                let bytes = try await source.read(at: Int64(item.place.lowerBound), count: item.place.count)
                found[item.place.lowerBound] = Array(buffer: bytes)
            } catch let error as LarderError where error.code == .corruptEntry {}
        }
        return check(items, pack) { found[$0.lowerBound] }
    }

    private func check(
        _ items: [PackForm.Item], _ pack: RepositoryFile, _ bytes: (Range<Int>) -> [UInt8]?
    ) -> (contents: [PackedContent], damage: DamagedPack?) {
        var contents: [PackedContent] = [], lost: [(digest: Digest, encoding: Encoding)] = []
        for item in items {
            let digest = item.name.digest, encoding = item.name.encoding
            guard let stored = bytes(item.place),
                (try? InlineObject.verifiedPlain(stored, encoding: encoding, size: item.size, digest: digest)) != nil
            else {
                lost.append((digest, encoding))
                continue
            }
            contents.append(PackedContent(digest: digest, encoding: encoding, size: item.size, stored: stored))
        }
        let why = "contents are not what their digests say"
        return (contents, lost.isEmpty ? nil : DamagedPack(name: pack.name, lost: lost, why: why))
    }

    private func wholeFile(_ source: any ObjectSource) async throws -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(Int(source.stamp.size))
        while bytes.readableBytes < source.stamp.size {
            let piece = try await source.read(
                at: Int64(bytes.readableBytes), count: Self.pieceSize, goingOnTo: source.stamp.size)
            guard piece.readableBytes > 0 else { break }
            bytes.writeImmutableBuffer(piece)
        }
        return bytes
    }

    // MARK: Indexes

    /// Reads the indexes of packs, several at once, and shows each; nil: it is damaged. A pack that went meanwhile is
    /// passed over.
    func eachPack(
        _ packs: [RepositoryFile], _ body: (RepositoryFile, PackIndex?) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: (RepositoryFile, PackIndex?, isThere: Bool).self) { group in
            var rest = packs.makeIterator()
            func begin(_ pack: RepositoryFile) {
                group.addTask { [self] in
                    do {
                        guard let source = try await source(pack.name) else { return (pack, nil, false) }
                        return (pack, try await index(of: source), true)
                    } catch let error as LarderError where error.code == .corruptEntry { return (pack, nil, true) }
                }
            }
            for _ in 0..<Self.filesAtOnce { if let pack = rest.next() { begin(pack) } }
            while let (pack, index, isThere) = try await group.next() {
                if isThere { try await body(pack, index) }
                if let next = rest.next() { begin(next) }
            }
        }
    }

    /// nil: it is damaged.
    private func index(of source: any ObjectSource) async throws -> PackIndex? {
        let size = source.stamp.size
        let guess = min(Self.tailGuess, size)
        var bytes = Array(buffer: try await source.read(at: size - guess, count: Int(guess)))
        guard let count = PackForm.indexCount(bytes), count <= size else { return nil }
        if count > bytes.count {
            bytes = Array(buffer: try await source.read(at: size - Int64(count), count: count))
        }
        let index = Array(bytes.suffix(count))
        return try await pool.run { PackForm.items(index, size: size).map(PackIndex.init) }
    }
}
