import BlobStore
import Index
import LarderModel
import Synchronization

/// Keeps collection from removing what an export has read the names of, on every node, until its last holder is gone.
/// What a killed server has held is free after a quarter of an hour; so is that of a client that takes nothing for so
/// long, whose export may then end early.
final class ExportHold: Sendable {
    private let blobs: BlobStore
    private let export: UInt64
    private let renewedAt: Mutex<ContinuousClock.Instant>

    private static let lease = Duration.seconds(15 * 60), interval = Duration.seconds(60)

    init(_ blobs: BlobStore) async throws {
        self.blobs = blobs
        let export = UInt64.random(in: .min ... .max)
        self.export = export
        renewedAt = Mutex(.now)
        try await Self.note(export, until: blobs.now + Self.lease, blobs)
    }

    deinit {
        // Where that fails, it is forgotten in a while.
        Task { [export, blobs] in try? await Self.note(export, until: nil, blobs) }
    }

    private static func note(_ export: UInt64, until time: Timestamp?, _ blobs: BlobStore) async throws {
        try await blobs.change(.evenWhenFull) { try $0.holdForExport(export, until: time) }
    }

    func renewIfDue() async throws {
        let now = ContinuousClock.now
        let isDue = renewedAt.withLock { at in
            guard now - at >= Self.interval else { return false }
            at = now
            return true
        }
        if isDue { try await Self.note(export, until: blobs.now + Self.lease, blobs) }
    }
}
