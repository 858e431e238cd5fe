import BlobStore
import Index
import LarderModel

/// Whether a job goes on here: asked before each of its steps, and in its pauses.
struct JobWatch: Sendable {
    let id: Int64
    let blobs: BlobStore
    /// What this process knows before it has looked.
    let isCancelledHere: @Sendable () -> Bool
    private var lookedAt: ContinuousClock.Instant?
    private var wasCancelled = false

    /// Between two looks at its row.
    private static let lookEvery = Duration.seconds(1)

    init(_ id: Int64, _ blobs: BlobStore, isCancelledHere: @escaping @Sendable () -> Bool) {
        self.id = id
        self.blobs = blobs
        self.isCancelledHere = isCancelledHere
    }

    /// Whether somebody has cancelled it. What another node was asked is heard of within a second.
    /// - Throws: `JobLost` when it has ended or another node has it; `LarderError` `.unavailable` while the others may
    ///   take this node for gone.
    mutating func isCancelled() async throws -> Bool {
        guard blobs.isLeased else {
            throw LarderError(.unavailable, "The others may take this node for gone: it has not reached the database.")
        }
        if wasCancelled || isCancelledHere() { return true }
        let now = ContinuousClock.now
        if let lookedAt, now - lookedAt < Self.lookEvery { return false }
        let id = id
        guard let job = try await blobs.look({ try $0.job(id) }), job.state == .running, job.node == blobs.nodeNumber
        else { throw JobLost() }
        lookedAt = now
        wasCancelled = job.isCancelled
        return wasCancelled
    }
}
