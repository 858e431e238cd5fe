import Disk
package import BlobStore
package import Index
package import LarderModel
package import Logging
import Synchronization

/// Runs jobs: those that are asked for, those that are due, and after a restart those that were under way. One of a
/// kind at a time.
package final class JobRunner: Sendable {
    /// Who asks for work that is due by itself.
    package static let scheduler = "schedule"

    private struct State {
        /// Lanes in use, each with its job once that has a number.
        var lanes: [String: Int64?] = [:]
        var cancelled: Set<Int64> = []
        /// From ``open()`` to the shutdown.
        var isOpen = false
    }

    private let blobs: BlobStore
    private let clock: ClockGuard
    private let schedule: JobSchedule
    private let logger: Logger
    private let state = Mutex(State())
    private let begun: AsyncStream<(JobRecord, lane: String)>
    private let begin: AsyncStream<(JobRecord, lane: String)>.Continuation

    package init(blobs: BlobStore, schedule: JobSchedule, logger: Logger) {
        self.blobs = blobs
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
    /// - Throws: `LarderError` `.conflict` while one of its kind is under way; what `more` throws.
    package func start(
        _ request: JobRequest, by requester: String, site: SiteID? = nil,
        and more: @escaping @Sendable (IndexTransaction) throws -> Void = { _ in }
    ) async throws -> JobRecord {
        let lane = request.lane
        try state.withLock { state in
            guard state.isOpen else {
                throw LarderError(.unavailable, "The server is starting or going down; try again in a moment.")
            }
            if let other = state.lanes[lane] {
                let number = other.map { " (job \($0))" } ?? ""
                throw LarderError(
                    .conflict, "A \(lane) is under way already\(number); wait for it, or cancel it with DELETE.")
            }
            state.lanes[lane] = .some(nil)
        }
        do {
            let job = try await JobDriver.begin(request, by: requester, site: site, in: blobs, and: more)
            state.withLock { $0.lanes[lane] = .some(job.id) }
            begin.yield((job, lane))
            return job
        } catch {
            state.withLock { $0.lanes[lane] = nil }
            throw error
        }
    }

    /// Asks a job to end; it does so behind its step.
    /// - Returns: the job as it is now; nil when there is none.
    package func cancel(_ id: Int64, by requester: String) async throws -> JobRecord? {
        guard let job = try await job(id) else { return nil }
        if job.state == .running {
            state.withLock { _ = $0.cancelled.insert(id) }
            logger.notice("job cancelled", metadata: ["audit": "job", "job": "\(id)", "by": "\(requester)"])
            try await blobs.change(.evenWhenFull) { try $0.record(JobAudit.cancel(job, by: requester)) }
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
    package var runningCount: Int { state.withLock { $0.lanes.count } }

    /// Whether the clock has jumped ahead, so that nothing is cleaned up by itself.
    package var isClockInDoubt: Bool { clock.isInDoubt }

    // MARK: Running

    /// Finds the jobs that were under way when the last server ended, and takes new ones from now on. ``run()`` works
    /// on them. Called before anybody can ask for a job: nobody is refused because the server has only just started.
    package func open() async {
        do {
            for job in try await interrupted() {
                let lane = try JobKind.request(of: job).lane
                state.withLock { $0.lanes[lane] = .some(job.id) }
                logger.notice("goes on with a job", metadata: ["job": "\(job.id)", "kind": "\(job.kind)"])
                begin.yield((job, lane))
            }
        } catch {
            logger.error("jobs that were under way can't go on", metadata: ["cause": "\(error)"])
        }
        state.withLock { $0.isOpen = true }
    }

    /// Works until its task is cancelled; jobs that are under way then go on after the next start.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.watchClock() }
            if let every = schedule.cleanupEvery { group.addTask { await self.tidy(every) } }
            if let period = schedule.scrubPeriod { group.addTask { await self.scrub(period) } }
            for await (job, lane) in begun { group.addTask { await self.drive(job, lane) } }
            state.withLock { $0.isOpen = false }
            group.cancelAll()
        }
    }

    private func interrupted() async throws -> [JobRecord] { try await jobs().filter { $0.state == .running } }

    private func drive(_ job: JobRecord, _ lane: String) async {
        let driver = JobDriver(blobs: blobs, logger: logger, waits: true)
        try? await driver.run(job) { [self] in state.withLock { $0.cancelled.contains(job.id) } }
        state.withLock {
            $0.lanes[lane] = nil
            $0.cancelled.remove(job.id)
        }
    }

    // MARK: By itself

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

    /// A refusal means that one is under way already, or that nothing can be written: either is told elsewhere.
    private func startDue(_ request: JobRequest) async {
        _ = try? await start(request, by: Self.scheduler)
    }
}

extension JobRecord {
    /// Whether somebody asked for it and waits, in contrast to work that is due by itself.
    var isUrgent: Bool { requestedBy != JobRunner.scheduler }
}
