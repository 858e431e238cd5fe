import Disk
import Gzip
import NIOCore
import Synchronization

/// A manifest that is being written: plain bytes come in, gzip goes out, sealed where the repository is encrypted.
/// Used by one task at a time. Nobody sees it before it is finished.
package final class ManifestWriter: Sendable {
    private let sink: any RepositorySink
    private let pool: DiskPool
    private let state = Mutex(State())

    private struct State {
        let encoder = GzipEncoder()
        var plainCount: Int64 = 0
        var storedCount: Int64 = 0
    }

    init(_ sink: any RepositorySink, pool: DiskPool) {
        self.sink = sink
        self.pool = pool
    }

    /// Plain bytes that came in, and packed ones that went out.
    package var plainCount: Int64 { state.withLock { $0.plainCount } }
    package var storedCount: Int64 { state.withLock { $0.storedCount } }

    /// Adds bytes; best many at a time.
    package func write(_ bytes: [UInt8]) async throws { try await write(bytes, isLast: false) }

    /// Makes the manifest seen, durably. Everything that it names has to be durable before.
    package func finish() async throws {
        try await write([], isLast: true)
        try await sink.finish()
    }

    /// Lets go of it; once it is finished, does nothing.
    package func discard() async { await sink.discard() }

    private func write(_ bytes: [UInt8], isLast: Bool) async throws {
        let packed = try await pool.run { [self] in
            state.withLock { state in
                var packed: [UInt8] = []
                bytes.withUnsafeBytes { state.encoder.encode($0, finish: isLast, into: &packed) }
                state.plainCount += Int64(bytes.count)
                state.storedCount += Int64(packed.count)
                return packed
            }
        }
        if !packed.isEmpty { try await sink.write(ByteBuffer(bytes: packed)) }
    }
}
