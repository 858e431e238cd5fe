import Index
package import LarderModel

/// Ends that reads put off, where the entry's rule says so (`slide: read`).
extension BlobStore {
    /// An effect of a read is noted once in so long, or in a tenth of the entry's time where that is shorter.
    private static let noteEvery = Duration.seconds(60)
    /// What ends sooner is not left to wait for the others.
    private static let urgent = Duration.seconds(5)

    /// Tells that somebody was given an entry. Costs next to nothing unless its end is to be put off; never blocks.
    package func wasRead(_ name: EntryName, _ entry: Entry) {
        guard let ttl = entry.ttl, let end = entry.expiresAt else { return }
        let now = now
        guard end > now, now + ttl - min(Self.noteEvery, ttl / 10) >= end,
            policies.rule(for: name.key, in: policies.policy(for: name.store)).slide == .read,
            !slides.isWaiting(name)
        else { return }
        if slides.add(name, readAt: now) || end < now + Self.urgent { savePutOff { _ in } }
    }

    /// Yields when reads have put ends off that are to be written soon (``savePutOff()``).
    package var putOffArrivals: AsyncStream<Void> { slides.arrivals }

    /// Writes down what reads have put off, in one transaction.
    package func savePutOff() async throws {
        let reads = slides.take()
        guard !reads.isEmpty else { return }
        try await change(.belowTheFloor) { try $0.putOff(reads) }
    }

    /// The same for event loops.
    private func savePutOff(completion: @escaping @Sendable (Result<Void, any Error>) -> Void) {
        let reads = slides.take()
        guard !reads.isEmpty else { return }
        change(.belowTheFloor, { try $0.putOff(reads) }, completion: completion)
    }
}
