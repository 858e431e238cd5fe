package import BlobStore
package import Index
package import LarderModel
package import Logging
package import Snapshots

/// Carries one job from where it is to its end.
package struct JobDriver: Sendable {
    private let blobs: BlobStore
    private let repositories: Repositories
    private let replacing: Replacing?
    private let logger: Logger
    /// Whether a job waits while the index or a bucket is away; else it fails.
    private let waits: Bool

    package init(
        blobs: BlobStore, repositories: Repositories = .none, replacing: Replacing? = nil, logger: Logger, waits: Bool
    ) {
        self.blobs = blobs
        self.repositories = repositories
        self.replacing = replacing
        self.logger = logger
        self.waits = waits
    }

    /// Writes down that a job begins.
    /// - Parameters:
    ///   - isAlone: whether nothing but this process works on the index, so that what was left is not waited for.
    ///   - more: what is changed with it, in the same transaction.
    /// - Throws: `LarderError` `.conflict` while one of its lane is under way on any node.
    package static func begin(
        _ request: JobRequest, by requester: String, site: SiteID? = nil, in blobs: BlobStore,
        isAlone: Bool = false,
        and more: @escaping @Sendable (IndexTransaction) throws -> Void = { _ in }
    ) async throws -> JobRecord {
        let json = try request.json
        return try await blobs.change(request.admission) { transaction in
            try more(transaction)
            let job = try transaction.insertJob(
                kind: request.kind, requestedBy: requester, site: site, request: json,
                lane: isAlone ? nil : request.lane)
            // What is due by itself is only worth a word when something came of it.
            if requester != JobRunner.scheduler {
                try transaction.record(JobAudit.begin(job, request.act))
            }
            return job
        }
    }

    /// A job's record; nil when there is none.
    package func job(_ id: Int64) async throws -> JobRecord? { try await blobs.look { try $0.job(id) } }

    private var place: Workplace { Workplace(blobs: blobs, repositories: repositories, replacing: replacing) }

    /// A pause is slept in pieces, so that a cancelled job ends soon.
    private static let napMax = Duration.milliseconds(500)
    /// Between two looks at whether what a job needs is back.
    private static let retryAfter = Duration.seconds(1)

    /// Runs the job's steps. A job that failed has ended well as far as this is concerned: its record says so.
    /// - Parameter isCancelled: asked between steps, beside the job's record.
    /// - Throws: `CancellationError` when the task is cancelled: the job stays where it is and goes on after the next
    ///   start.
    package func run(_ begun: JobRecord, isCancelled: @escaping @Sendable () -> Bool) async throws {
        var job = begun
        while true {
            do {
                let work = try JobKind.request(of: job).work(job, place)
                defer { blobs.setScatteredWork(false) }
                return try await run(work, job, isCancelled)
            } catch let error as CancellationError {
                throw error
            } catch is JobLost {
                return logger.notice("a job is not this node's any more", metadata: ["job": "\(job.id)"])
            } catch let error as LarderError where waits && [.unavailable, .outcomeUnknown].contains(error.code) {
                // The record says whether its step happened: from there it goes on.
                guard let now = try await recordOnceBack(job) else { return }
                job = now
            } catch {
                return await fail(job, error)
            }
        }
    }

    /// Waits until the index can be asked again, and the others have to take this node for living.
    /// - Returns: the job's record; nil when it has ended, or another node has it.
    private func recordOnceBack(_ job: JobRecord) async throws -> JobRecord? {
        while true {
            try await Task.sleep(for: Self.retryAfter)
            guard blobs.isLeased, let now = try? await self.job(job.id) else { continue }
            return now.state == .running && now.node == blobs.nodeNumber ? now : nil
        }
    }

    private func run(_ begun: some JobWork, _ job: JobRecord, _ isCancelled: @escaping @Sendable () -> Bool)
        async throws
    {
        var work = begun
        var watch = JobWatch(job.id, blobs, isCancelledHere: isCancelled)
        let number = JobNumber(id: job.id)
        do {
            while true {
                try Task.checkCancellation()
                if try await watch.isCancelled() {
                    await work.abandon()
                    return try await end(job, work, .cancelled)
                }
                switch try await work.step(number) {
                case .done: return try await end(job, work, .done)
                case .more(var pause):
                    while pause > .zero, try await !watch.isCancelled() {
                        try await Task.sleep(for: min(pause, Self.napMax))
                        pause -= Self.napMax
                    }
                }
            }
        } catch {
            await work.abandon()
            throw error
        }
    }

    private func end(_ job: JobRecord, _ work: some JobWork, _ state: JobRecord.State) async throws {
        let result = try work.result
        let summary = try work.summary
        let checkpoint = try work.checkpoint
        let progress = work.progress
        let isForgotten = job.requestedBy == JobRunner.scheduler && !work.isNoteworthy
        try await blobs.change(.evenWhenFull) { transaction in
            try transaction.saveJob(job.id, checkpoint: checkpoint, progress)
            try transaction.finishJob(job.id, state, result: result, error: nil, isForgotten: isForgotten)
            if !isForgotten { try transaction.record(JobAudit.end(job, state, ("result", summary))) }
        }
        if !isForgotten {
            audit(job, state.rawValue, ["result": "\(String(decoding: summary.prefix(4_000), as: UTF8.self))"])
        }
    }

    private func fail(_ job: JobRecord, _ error: any Error) async {
        let error = (error as? JobFailure)?.error ?? LarderError.wrapping(error)
        var out = JSONWriter()
        out.object {
            $0.field("code", error.code.rawValue)
            $0.field("message", error.message)
        }
        let document = out.bytes
        // When not even this can be written, the job is still marked as running and goes on after the next start.
        try? await blobs.change(.evenWhenFull) { transaction in
            try transaction.finishJob(job.id, .failed, result: nil, error: document)
            try transaction.record(JobAudit.end(job, .failed, ("error", document)))
        }
        audit(job, "failed", ["error": "\(error.cause ?? error.message)"])
    }

    /// Who, when, what and how much: one line for each job.
    private func audit(_ job: JobRecord, _ outcome: String, _ more: Logger.Metadata) {
        let known: Logger.Metadata = [
            "audit": "job", "job": "\(job.id)", "kind": "\(job.kind)", "by": "\(job.requestedBy)",
            "begun": "\(job.startedAt)",
            "request": "\(String(decoding: job.request, as: UTF8.self))",
        ]
        logger.notice("\(job.kind) \(outcome)", metadata: known.merging(more) { _, new in new })
    }
}
