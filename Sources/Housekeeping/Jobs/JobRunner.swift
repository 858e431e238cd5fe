import Disk
package import BlobStore
package import Index
package import LarderModel
package import Logging
package import Snapshots
import Synchronization

/// Runs jobs: those that are asked for, those that are due, and those that nobody works on any more: its own of before
/// a restart, and those of nodes that are gone. One of a lane at a time, on all nodes: the index sees to that.
package final class JobRunner: Sendable {
    /// Who asks for work that is due by itself.
    package static let scheduler = "schedule"

    private struct State {
        /// Jobs that this node works on.
        var driven: Set<Int64> = []
        var cancelled: Set<Int64> = []
        /// From ``open()`` to the shutdown.
        var isOpen = false
        /// Whether what was left by others before the start has been found.
        var hasLooked = false
    }

    private let blobs: BlobStore
    private let repositories: Repositories
    /// Where snapshots go when nobody says otherwise; nil: nowhere.
    package var usualRepository: String? { repositories.usual }
    private let replacing: Replacing?
    private let clock: ClockGuard
    private let schedule: JobSchedule
    private let logger: Logger
    private let state = Mutex(State())
    private let begun: AsyncStream<JobRecord>
    private let begin: AsyncStream<JobRecord>.Continuation

    package init(
        blobs: BlobStore, repositories: Repositories = .none, replacing: Replacing? = nil, schedule: JobSchedule,
        logger: Logger
    ) {
        self.blobs = blobs
        self.repositories = repositories
        self.replacing = replacing
        clock = ClockGuard(directory: blobs.directory, clock: blobs.clock, logger: logger)
        self.schedule = schedule
        self.logger = logger
        // Bounded by the lanes: each holds one job at most.
        (begun, begin) = AsyncStream.makeStream()
    }

    // MARK: For the faces

    /// Reads what a POST asks a job to do.
    /// - Parameters:
    ///   - body: empty: all of it.
    ///   - site: the site that the request names; nil: none.
    /// - Throws: `LarderError` `.notJSON`, `.malformedRequest` and others that the kind has.
    package func request(_ kind: JobKind, _ body: [UInt8], site: SiteID?) async throws -> JobRequest {
        try await kind.request(
            JobOrder(body: body, site: site, maxDepth: blobs.jsonDepth) { [self] id in
                guard let job = try await job(id) else { throw Self.missing("\(id)") }
                return job
            })
    }

    package static func missing(_ id: String) -> LarderError {
        LarderError(.notFound, "There is no job with the ID '\(id.prefix(40))'; the last hundred are remembered.")
    }

    /// Begins a job.
    /// - Parameters:
    ///   - requester: who asks, for the history and the audit line.
    ///   - site: what the requester is bound to; nil: nothing.
    ///   - more: what is changed with the job's begin, in its transaction; nothing begins when it throws.
    /// - Throws: `LarderError` `.conflict` while one of its lane is under way on any node; what the kind's check and
    ///   `more` throw.
    package func start(
        _ request: JobRequest, by requester: String, site: SiteID? = nil,
        and more: @escaping @Sendable (IndexTransaction) throws -> Void = { _ in }
    ) async throws -> JobRecord {
        guard isOpen else {
            throw LarderError(.unavailable, "The server is starting or going down; try again in a moment.")
        }
        try await request.check?(Workplace(blobs: blobs, repositories: repositories, replacing: replacing))
        let job = try await JobDriver.begin(request, by: requester, site: site, in: blobs, and: more)
        work(on: job)
        return job
    }

    /// Asks a job to end; it does so behind its step, on another node within a second more.
    /// - Returns: the job as it is now; nil when there is none.
    package func cancel(_ id: Int64, by requester: String) async throws -> JobRecord? {
        guard let job = try await job(id) else { return nil }
        if job.state == .running {
            state.withLock { _ = $0.cancelled.insert(id) }
            logger.notice("job cancelled", metadata: ["audit": "job", "job": "\(id)", "by": "\(requester)"])
            try await blobs.change(.evenWhilePaused) { transaction in
                guard try transaction.cancelJob(id) else { return }
                try transaction.record(JobAudit.cancel(job, by: requester))
            }
        }
        return job
    }

    package func job(_ id: Int64) async throws -> JobRecord? { try await blobs.look { try $0.job(id) } }

    /// Those under way and the last hundred that ended, last begun first.
    package func jobs() async throws -> [JobRecord] {
        try await blobs.look { try $0.jobs(limit: IndexTransaction.jobHistoryMax + JobKind.all.count + 1) }
    }

    /// Whether jobs are taken and followed: false before ``open()`` and during the shutdown.
    package var isOpen: Bool { state.withLock { $0.isOpen } }
    /// Jobs that this node works on.
    package var runningCount: Int { state.withLock { $0.driven.count } }

    /// Whether the clock has jumped ahead, so that nothing is cleaned up by itself.
    package var isClockInDoubt: Bool { clock.isInDoubt }

    // MARK: Running

    /// Finds the jobs that were under way when the last server ended, and takes new ones from now on. ``run()`` works
    /// on them. Called before anybody can ask for a job: nobody is refused because the server has only just started.
    package func open() async {
        await lookForLeft()
        state.withLock { $0.isOpen = true }
    }

    /// Goes on with the jobs that are left to this node. What can't be found now is looked for again.
    private func lookForLeft() async {
        do {
            let node = blobs.nodeNumber, now = blobs.now
            var isAll = true
            for job in try await blobs.look({ try $0.jobs(leftTo: node, now: now) }) where !isDriven(job.id) {
                // One of a newer larder waits for a node that knows it.
                guard let lane = try? JobKind.request(of: job).lane else { continue }
                let isOurs = job.node == node && job.lane != nil
                guard
                    let job = isOurs ? job : try await blobs.change(.evenWhenFull, { try $0.takeJob(job, lane: lane) })
                else {
                    // Its lane is in use: it waits for that.
                    isAll = false
                    continue
                }
                logger.notice("goes on with a job", metadata: ["job": "\(job.id)", "kind": "\(job.kind)"])
                work(on: job)
            }
            let hasFoundAll = isAll
            state.withLock { $0.hasLooked = hasFoundAll }
        } catch {
            logger.warning("jobs that were under way can't go on yet", metadata: ["cause": "\(error)"])
        }
    }

    private func isDriven(_ id: Int64) -> Bool { state.withLock { $0.driven.contains(id) } }

    /// Has ``run()`` work on a job of this node's, unless it does already.
    private func work(on job: JobRecord) {
        if state.withLock({ $0.driven.insert(job.id).inserted }) { begin.yield(job) }
    }

    /// Works until its task is cancelled; jobs that are under way then go on after the next start.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.watchClock() }
            group.addTask { await self.watchNodes() }
            group.addTask { await self.settleVaults() }
            if let every = schedule.cleanupEvery { group.addTask { await self.tidy(every) } }
            if let period = schedule.scrubPeriod { group.addTask { await self.scrub(period) } }
            if let backup = schedule.backup { group.addTask { await self.backUp(backup) } }
            for await job in begun { group.addTask { await self.drive(job) } }
            state.withLock { $0.isOpen = false }
            group.cancelAll()
        }
    }

    private func drive(_ job: JobRecord) async {
        let driver = JobDriver(
            blobs: blobs, repositories: repositories, replacing: replacing, logger: logger, waits: true)
        try? await driver.run(job) { [self] in state.withLock { $0.cancelled.contains(job.id) } }
        state.withLock {
            $0.driven.remove(job.id)
            $0.cancelled.remove(job.id)
        }
    }

    /// Every few seconds, goes on with what nodes that are gone have left. Where there are no others it is enough to
    /// have looked once.
    private func watchNodes() async {
        do {
            while true {
                try await Task.sleep(for: JobSchedule.lookEvery)
                if blobs.isShared ? blobs.isLeased : !state.withLock({ $0.hasLooked }) { await lookForLeft() }
                if blobs.isShared, blobs.isFirstNode { await forgetNodes() }
            }
        } catch { return }
    }

    private func forgetNodes() async {
        let moment = blobs.now - JobSchedule.nodesKept, node = blobs.nodeNumber
        do {
            guard try await blobs.look({ try $0.hasNodes(unseenSince: moment, beside: node) }) else { return }
            try await blobs.change(.evenWhenFull) { try $0.forgetNodes(unseenSince: moment) }
        } catch { logger.debug("nodes that are gone were not forgotten", metadata: ["cause": "\(error)"]) }
    }

    // MARK: By itself

    /// Indexes what policies have made a vault since it was written, and forgets the items of what is none any more:
    /// once, for policies are read at the start.
    private func settleVaults() async {
        while !Task.isCancelled {
            do {
                for store in try await blobs.settleVaults() { await startDue(.indexing(IndexingRequest(store))) }
                return
            } catch { logger.debug("vaults are not looked at yet", metadata: ["cause": "\(error)"]) }
            try? await Task.sleep(for: JobSchedule.lookEvery)
        }
    }

    private func tidy(_ every: Duration) async {
        var wait = min(every, .seconds(Double.random(in: JobSchedule.firstAfter)))
        do {
            while true {
                try await Task.sleep(for: wait)
                wait = JobSchedule.spread(every)
                if await isClockTrusted() {
                    await startDue(.cleanup(CleanupRequest()))
                } else {
                    logger.warning("no cleanup: the clock is in doubt")
                }
                await removeLeftStores()
                // What this cleanup lets go of is collected the next time: there is a grace period anyway.
                await startDue(.collect(CollectRequest(isFull: await isFullCollectDue())))
            }
        } catch { return }
    }

    private func watchClock() async {
        do {
            while true {
                _ = await isClockTrusted()
                try await Task.sleep(for: ClockGuard.lookEvery)
            }
        } catch { return }
    }

    private func isClockTrusted() async -> Bool {
        (try? await blobs.pool.run { [clock] in clock.check() }) ?? false
    }

    /// Removals of stores that were cancelled, or failed.
    private func removeLeftStores() async {
        let left = (try? await blobs.look { try $0.removedStores(limit: Self.removalsMax) }) ?? []
        for store in left { await startDue(.storeRemoval(StoreRemovalRequest(store: store, name: ""))) }
    }

    /// Removals of stores that begin by themselves at a time.
    private static let removalsMax = 10

    private func isFullCollectDue() async -> Bool {
        let history = (try? await jobs()) ?? []
        let last = history.first {
            $0.endedAt != nil && $0.kind == JobKind.collect.name && CollectRequest.isFull($0)
        }?.endedAt
        return last.map { $0 + JobSchedule.fullCollectEvery <= blobs.now } ?? true
    }

    private func scrub(_ period: Duration) async {
        do {
            while true {
                try await Task.sleep(for: JobSchedule.scrubAfter)
                await startDue(.scrub(VerifyRequest(period: period)))
            }
        } catch { return }
    }

    /// Makes snapshots. When the next one is due the repository says, not the start: the first begins at once.
    private func backUp(_ backup: JobSchedule.Backup) async {
        do {
            while true {
                let wait = await waitBeforeBackup(backup)
                if wait > .zero {
                    try await Task.sleep(for: min(wait, JobSchedule.backupLookEvery))
                } else {
                    await startDue(.backup(BackupRequest(keepLast: backup.keep)))
                    // While it goes on its lane is in use, and after one that failed it is still due.
                    try await Task.sleep(for: backup.retryAfter)
                }
            }
        } catch { return }
    }

    private func waitBeforeBackup(_ backup: JobSchedule.Backup) async -> Duration {
        do {
            guard blobs.isFirstNode else { return JobSchedule.backupLookEvery }
            let repository = try await repositories.openOrCreate(nil, now: blobs.now)
            let larder = try await blobs.larderID(orMake: SnapshotName.newLarder())
            guard let last = try await SnapshotCatalog(repository).names(of: larder).last else { return .zero }
            // One that a clock made which was ahead says nothing of when.
            guard last.createdAt <= blobs.now + JobSchedule.backupLookEvery else { return .zero }
            return .milliseconds((last.createdAt + backup.every).milliseconds - blobs.now.milliseconds)
        } catch {
            // The job says why, to whoever looks.
            return .zero
        }
    }

    /// What is due is begun by one of the nodes only: the others leave it to the first of those that are up.
    /// A refusal means that one is under way already, or that nothing can be written: either is told elsewhere.
    private func startDue(_ request: JobRequest) async {
        guard blobs.isFirstNode else { return }
        _ = try? await start(request, by: Self.scheduler)
    }
}

extension JobRecord {
    /// Whether somebody asked for it and waits, in contrast to work that is due by itself.
    var isUrgent: Bool { requestedBy != JobRunner.scheduler }
}
