import BlobStore
import Index
import LarderModel
import Synchronization

/// Brings the followers on this node what other nodes commit, and followers of whole stores what anybody does.
///
/// The rows are the truth. News of other nodes only say where to look; each second it looks without any, for news may
/// be lost. What is followed is read once, however many follow it, and told as if it had been committed here. A
/// follower that was further behind sees by the numbers that it missed something, and reads for itself.
///
/// - A log goes by its sequence numbers. What is committed here is told at once where it comes next; where another
///   node's events come before it, both are read and told in order.
/// - A store goes by positions, and a smaller one may be committed later: its events are told only up to where they are
///   settled.
/// - Of entries and jobs it tells that they changed.
final class NodeFollowing: Sendable {
    let blobs: BlobStore
    let hub: FollowerHub
    let state = Mutex(FollowedPlaces())
    private let wakes: AsyncStream<Void>.Continuation
    private let tasks = Mutex<[Task<Void, Never>]>([])

    /// How often it looks where it was told nothing.
    private static let lookInterval = Duration.seconds(1)
    /// Until transactions are over that were under way.
    static let moment = Duration.milliseconds(20)

    init(_ blobs: BlobStore, _ hub: FollowerHub) {
        self.blobs = blobs
        self.hub = hub
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        wakes = continuation
        let rounds = Task { [weak self] in for await _ in stream { await self?.round() } }
        let looks = Task { [weak self] in
            while (try? await Task.sleep(for: Self.lookInterval)) != nil, self != nil { self?.lookIsDue() }
        }
        tasks.withLock { $0 = [rounds, looks] }
    }

    deinit {
        wakes.finish()
        for task in tasks.withLock({ $0 }) { task.cancel() }
    }

    func wake() { wakes.yield() }

    /// Nobody follows this any more. Called before anybody can follow it again.
    func left(_ subject: FollowerHub.Subject) { state.withLock { $0.forget(subject) } }

    // MARK: What makes it look

    private func lookIsDue() {
        // A node that hears nothing of others.
        guard !PlantedFault.strikes(.lostNews), hub.followerCount > 0 else { return }
        state.withLock { $0.isLookDue = true }
        wake()
    }

    /// Another node said what it committed. Does not block.
    func heard(_ news: NodeNews) {
        guard !PlantedFault.strikes(.lostNews), hub.followerCount > 0 else { return }
        let subjects = hub.subjects(concerning: news)
        let isWanted = state.withLock { state in
            state.want(subjects)
            return !subjects.isEmpty
        }
        if isWanted { wake() }
    }

    /// A commit of this node's. Called on the writer's thread.
    func committed(_ changes: CommittedChanges) {
        var told: [LogChange] = []
        var isWanted = false
        hub.publish(changes) { subject, change in
            let isNext = state.withLock { $0.isNext(change, subject) }
            if isNext { told.append(change) } else { isWanted = true }
            return isNext
        }
        if !told.isEmpty { state.withLock { state in for change in told { state.told(change) } } }
        if isWanted { wake() }
    }

    /// A follower has found a log with this last sequence number.
    func joined(_ name: EntryName, at last: Int64) { state.withLock { _ = $0.joined(.log(name), at: last) } }

    /// A follower of a store's logs has found positions settled so far.
    func joined(_ store: StoreName, of site: SiteID, at settled: Int64) {
        let isFirst = state.withLock { $0.joined(.store(site, store), at: settled) }
        if isFirst { wake() }
    }
}
