import Disk
import LarderModel
import NIOCore
import Sealing
import Synchronization

/// Seals what is written, a chunk at a time, on its way to another sink. One chunk is in memory.
final class SealedSink: RepositorySink {
    private let sink: any RepositorySink
    private let pool: DiskPool
    private let cipher: AESGCM
    private let salt: [UInt8]
    private let state = Mutex(State())

    private struct State {
        /// Plain bytes that are not sealed yet: a full chunk stays until it is known not to be the last.
        var rest: [UInt8] = []
        /// Chunks that were sealed.
        var number = 0
    }

    init(_ sink: any RepositorySink, _ name: String, _ key: RepositoryKey, pool: DiskPool) {
        self.sink = sink
        self.pool = pool
        salt = Repository.randomBytes(SealedForm.saltCount)
        cipher = key.cipher(name, salt: salt)
    }

    func write(_ bytes: ByteBuffer) async throws {
        var bytes = bytes
        while bytes.readableBytes > 0 {
            let isFull = state.withLock { state in
                let count = min(bytes.readableBytes, SealedForm.chunkSize - state.rest.count)
                state.rest += bytes.readBytes(length: count) ?? []
                return state.rest.count == SealedForm.chunkSize
            }
            if isFull, bytes.readableBytes > 0 { try await seal(isLast: false) }
        }
    }

    func finish() async throws {
        try await seal(isLast: true)
        try await sink.finish()
    }

    func discard() async { await sink.discard() }

    private func seal(isLast: Bool) async throws {
        let (plain, number) = state.withLock { state in
            defer {
                state.rest = []
                state.number += 1
            }
            return (state.rest, state.number)
        }
        let sealed = try await pool.run { [self] in
            cipher.seal(plain, nonce: SealedForm.nonce(number, isLast: isLast))
        }
        var out = ByteBuffer(bytes: number == 0 ? SealedForm.mark + salt : [])
        out.writeBytes(sealed)
        try await sink.write(out)
    }
}
