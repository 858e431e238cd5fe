import LarderModel

extension JobKind {
    /// Removes what its rule or its TTL keeps no longer.
    static let cleanup = JobKind(
        "cleanup", title: { $0.dryRun ? "Cleanup preview" : "Cleanup" }, JobRequest.cleanup,
        read: { try await CleanupRequest(reading: $0) })
}

extension JobRequest {
    package static func cleanup(_ wanted: CleanupRequest) -> JobRequest {
        // A dry run changes nothing, so it need not wait for a real one.
        JobRequest(
            .cleanup, wanted, lane: wanted.dryRun ? "cleanup, dry" : nil, act: wanted.dryRun ? .beginDryRun : .beginJob
        ) { try CleanupWork(wanted, $0, $1.blobs) }
    }
}

extension CleanupRequest {
    private static let fields: Set<String> = ["dryRun", "store", "project", "olderThan", "keys", "confirm"]

    /// - Throws: `LarderError` `.notJSON`, `.malformedRequest`, `.invalidStore`, `.notFound`, `.conflict`.
    init(reading order: JobOrder) async throws {
        let fields = try order.fields(known: Self.fields)
        if let text = try fields.string("confirm") {
            guard fields.count == 1, let id = Int64(text) else {
                throw LarderError(
                    .malformedRequest,
                    "confirm is the ID of a dry run and stands alone: it removes what that one showed.")
            }
            self = try Self.confirmation(of: try await order.job(id))
            return
        }
        let store = try fields.string("store").map { text throws(LarderError) in try StoreName(text) }
        let project = try fields.string("project")
        guard project.map({ !$0.isEmpty && !$0.utf8.contains(UInt8(ascii: "/")) }) ?? true else {
            throw LarderError(.malformedRequest, "project is the name of one project, without '/'.")
        }
        self.init(
            dryRun: try fields.bool("dryRun") ?? false, site: order.site, store: store, project: project,
            olderThan: try fields.duration("olderThan"), keys: try fields.bool("keys") ?? false)
    }

    private static func confirmation(of job: JobRecord) throws -> CleanupRequest {
        guard job.kind == JobKind.cleanup.name, job.state == .done,
            case let request = try JobJSON.decode(CleanupRequest.self, job.request), request.dryRun
        else {
            throw LarderError(
                .conflict,
                "Job \(job.id) is not a dry run of a cleanup that is done; make one, look at it, and confirm it.")
        }
        return CleanupRequest(confirming: request, at: job.startedAt)
    }
}
