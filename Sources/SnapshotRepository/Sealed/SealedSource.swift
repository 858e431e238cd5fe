import Disk
import LarderModel
import NIOCore
import Objects
import Sealing
import Synchronization

/// The plain bytes of an encrypted file, from any place on. Nothing is given out that was not found authentic; one
/// chunk is in memory.
final class SealedSource: ObjectSource {
    /// Of the plain bytes.
    let stamp: ObjectStamp
    private let source: any ObjectSource
    private let name: String
    private let pool: DiskPool
    private let cipher: AESGCM
    private let chunks: Int
    /// The chunk that was opened last.
    private let last = Mutex<(number: Int, plain: [UInt8])?>(nil)

    /// - Throws: `LarderError` `.corruptEntry` when it is no encrypted file.
    init(_ source: any ObjectSource, _ name: String, _ key: RepositoryKey, pool: DiskPool) async throws {
        let sealedSize = source.stamp.size
        guard let chunks = SealedForm.chunks(sealedSize: sealedSize) else { throw SealedForm.damaged(name) }
        let head = Array(buffer: try await source.read(at: 0, count: SealedForm.headCount, goingOnTo: sealedSize))
        guard head.count == SealedForm.headCount, head.starts(with: SealedForm.mark) else {
            throw SealedForm.damaged(name)
        }
        self.source = source
        self.name = name
        self.pool = pool
        self.chunks = chunks
        cipher = key.cipher(name, salt: Array(head.dropFirst(SealedForm.mark.count)))
        let plainSize = sealedSize - Int64(SealedForm.headCount) - Int64(chunks) * Int64(SealedForm.tagCount)
        stamp = ObjectStamp(size: plainSize, marks: (0, 0, 0, 0))
    }

    func read(at offset: Int64, count: Int, goingOnTo end: Int64) async throws -> ByteBuffer {
        var found = ByteBuffer()
        let stop = min(offset + Int64(count), stamp.size)
        var position = offset
        // An empty file has one chunk, which says so.
        if stamp.size == 0 { _ = try await chunk(0, goingOnTo: 0) }
        while position < stop {
            let number = Int(position / Int64(SealedForm.chunkSize))
            let plain = try await chunk(number, goingOnTo: end)
            let start = Int(position - Int64(number) * Int64(SealedForm.chunkSize))
            let wanted = min(plain.count - start, Int(stop - position))
            found.writeBytes(plain[start..<start + wanted])
            position += Int64(wanted)
        }
        return found
    }

    /// - Throws: `LarderError` `.corruptEntry`.
    private func chunk(_ number: Int, goingOnTo end: Int64) async throws -> [UInt8] {
        if let last = last.withLock({ $0 }), last.number == number { return last.plain }
        func place(_ number: Int) -> Int64 {
            min(Int64(SealedForm.headCount) + Int64(number) * Int64(SealedForm.sealedChunkSize), source.stamp.size)
        }
        let lastWanted = Int(max(end - 1, 0) / Int64(SealedForm.chunkSize))
        let sealed = Array(
            buffer: try await source.read(
                at: place(number), count: Int(place(number + 1) - place(number)),
                goingOnTo: place(max(number, lastWanted) + 1)))
        let plain = try await pool.run { [self] in
            do { return try cipher.open(sealed, nonce: SealedForm.nonce(number, isLast: number == chunks - 1)) } catch {
                throw SealedForm.damaged(name)
            }
        }
        last.withLock { $0 = (number, plain) }
        return plain
    }
}
