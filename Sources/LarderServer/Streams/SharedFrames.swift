import EventStreams
import LarderModel

/// Documents on their way to their followers: one frame of each, however many it goes to.
final class SharedFrames: Sendable {
    /// A document, and which of its versions.
    struct Key: Hashable, Sendable {
        let name: EntryName
        let version: String
    }

    /// A frame while somebody sends it.
    final class Shared: Sendable {
        let frame: EventFrame
        private let lease: BufferLease
        private let release: @Sendable () -> Void

        fileprivate init(_ frame: EventFrame, _ lease: BufferLease, release: @escaping @Sendable () -> Void) {
            self.frame = frame
            self.lease = lease
            self.release = release
        }

        deinit { release() }
    }

    private let table = SharedTable<Key, Shared>()
    private let buffers: BufferBudget

    init(_ buffers: BufferBudget) { self.buffers = buffers }

    /// - Parameters:
    ///   - size: bytes of the document.
    ///   - make: makes the frame, where nobody has it.
    /// - Throws: `LarderError` `.unavailable` where there is no room for it.
    func frame(_ key: Key, size: Int, _ make: () async throws -> EventFrame) async throws -> Shared {
        if let shared = table[key] { return shared }
        let lease = BufferLease(buffers)
        try lease.cover(size)
        let shared = Shared(try await make(), lease) { [table] in table.forget(key) }
        table.share(shared, as: key)
        return shared
    }
}
