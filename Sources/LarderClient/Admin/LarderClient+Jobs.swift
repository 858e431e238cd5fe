import Foundation
import NIOHTTP1

extension LarderClient {
    /// What a cleanup is to look at. Everything, unless narrowed down.
    public struct CleanupScope: Sendable, Hashable {
        /// Only this store.
        public var store: String?
        /// Only keys under `projects/{project}/` or `{project}/`.
        public var project: String?
        /// Entries go this long after their last change, in place of what their rule says; in whole seconds.
        public var olderThan: Duration?

        /// - Parameters:
        ///   - store: only this store.
        ///   - project: only keys under `projects/{project}/` or `{project}/`.
        ///   - olderThan: in place of what the rules say. What they keep for ever goes only when a store or a project
        ///     is named.
        public init(store: String? = nil, project: String? = nil, olderThan: Duration? = nil) {
            self.store = store
            self.project = project
            self.olderThan = olderThan
        }
    }

    /// Begins to remove what its rule or its TTL keeps no longer.
    /// - Parameters:
    ///   - scope: what to look at.
    ///   - dryRun: whether to look only.
    ///   - keys: whether the result is to name the keys (the first 10,000).
    /// - Returns: the job, just begun; ``finish(_:every:reporting:)`` waits for its end.
    /// - Throws: ``LarderClientError``: `conflict` while another one is under way, `forbidden` and others.
    public func cleanup(_ scope: CleanupScope = .init(), dryRun: Bool = false, keys: Bool = false) async throws -> Job {
        var fields: JSONObject = ["dryRun": .bool(dryRun), "keys": .bool(keys)]
        fields["store"] = scope.store.map { .string($0) }
        fields["project"] = scope.project.map { .string($0) }
        fields["olderThan"] = scope.olderThan.map { .string("\($0.components.seconds)s") }
        return try await begin("cleanup", fields)
    }

    /// Begins to remove what a dry run showed: entries that were written, or removed, since then are left alone.
    /// - Parameter dryRun: the ID of a dry run that is done.
    /// - Throws: ``LarderClientError``: `conflict` when it is none, `notFound`, `forbidden` and others.
    public func cleanup(confirming dryRun: String) async throws -> Job {
        try await begin("cleanup", ["confirm": .string(dryRun)])
    }

    /// Begins to remove objects that nothing refers to.
    /// - Parameter grace: how long they must have been so, in whole seconds; nil: ten minutes.
    public func collect(grace: Duration? = nil) async throws -> Job {
        try await begin("collect", grace.map { ["grace": .string("\($0.components.seconds)s")] } ?? [:])
    }

    /// Begins to read every object and compare it with its name.
    /// - Parameter bytesPerSecond: the most to read in a second; nil: as fast as the disk gives them.
    public func verify(bytesPerSecond: Int64? = nil) async throws -> Job {
        try await begin("verify", bytesPerSecond.map { ["rate": .string("\($0)B")] } ?? [:])
    }

    /// Begins to make a snapshot.
    /// - Parameters:
    ///   - to: the repository, as the server reaches it; nil: its own.
    ///   - stores: patterns of stores; nil: all of them.
    ///   - secrets: whether tokens, and the key that signs URLs, belong to it.
    /// - Returns: the job, just begun; ``finish(_:every:reporting:)`` waits for its end.
    /// - Throws: ``LarderClientError``: `conflict` while one is being made, `forbidden` and others.
    public func backup(to: String? = nil, stores: [String]? = nil, secrets: Bool = false) async throws -> Job {
        var fields: JSONObject = ["secrets": .bool(secrets)]
        fields["to"] = to.map { .string($0) }
        fields["stores"] = stores.map { .array($0.map { .string($0) }) }
        return try await begin("backup", fields)
    }

    /// Begins to set the server back to a snapshot. Its writers are refused meanwhile, and at the end it is away for a
    /// moment: ``finish(_:every:awayFor:reporting:)`` waits for it.
    /// - Parameters:
    ///   - id: the snapshot's ID or name, or `latest`.
    ///   - to: the repository, as the server reaches it; nil: its own.
    /// - Returns: the job, just begun.
    /// - Throws: ``LarderClientError``: `notFound`, `conflict` while one is under way or for a snapshot of another
    ///   Larder, `notImplemented` where the index or objects are not in the data directory, `forbidden` and others.
    public func restore(_ id: String, to: String? = nil) async throws -> Job {
        var fields: JSONObject = ["id": .string(id), "replace": .bool(true)]
        fields["to"] = to.map { .string($0) }
        return try await begin("restore", fields)
    }

    /// Begins to remove the state that the server had before the last ``restore(_:to:)``.
    public func discardBefore() async throws -> Job { try await begin("discard-before", [:]) }

    private func begin(_ kind: String, _ fields: JSONObject) async throws -> Job {
        var request = WireRequest(.POST, "/v1/admin/\(kind)")
        request.body = .bytes(try ClientJSON.encode(fields))
        request.headers.add(name: "content-type", value: "application/json")
        return try await transport.json(Job.self, request)
    }

    /// The job as it is now.
    /// - Throws: ``LarderClientError``: `notFound` and others.
    public func job(_ id: String) async throws -> Job {
        try await transport.json(Job.self, WireRequest(.GET, "/v1/admin/jobs/" + WirePath.segment(id)))
    }

    /// Jobs under way and the last hundred that ended, last begun first.
    public func jobs() async throws -> [Job] {
        struct Answer: Decodable { var jobs: [Job] }
        return try await transport.json(Answer.self, WireRequest(.GET, "/v1/admin/jobs")).jobs
    }

    /// Ends a job behind its present step.
    /// - Returns: the job as it is then.
    @discardableResult
    public func cancelJob(_ id: String) async throws -> Job {
        try await transport.json(Job.self, WireRequest(.DELETE, "/v1/admin/jobs/" + WirePath.segment(id)))
    }

    /// Waits for a job's end. Cancelling the task leaves the job alone.
    /// - Parameters:
    ///   - interval: between two looks.
    ///   - patience: how long in a row the server may be away.
    ///   - report: called with each look.
    public func finish(
        _ job: Job, every interval: Duration = .milliseconds(200), awayFor patience: Duration = .zero,
        reporting report: ((Job) -> Void)? = nil
    ) async throws -> Job {
        var job = job
        var away = Duration.zero
        // The first looks come sooner: most jobs are short.
        var wait = min(interval, .milliseconds(20))
        while job.state == .running {
            report?(job)
            try await transport.pause(wait)
            wait = min(wait * 2, interval)
            do {
                job = try await self.job(job.id)
                away = .zero
            } catch let error as LarderClientError where error.isAbsence && away < patience {
                away += wait
            }
        }
        report?(job)
        return job
    }
}
