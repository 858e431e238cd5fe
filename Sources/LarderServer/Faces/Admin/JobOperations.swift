import Access
import Housekeeping
import LarderHTTP
import LarderModel
import Logs
import NIOCore
import NIOHTTP1
import NIOPosix

/// Long work, begun, watched and cancelled by admins.
enum JobOperations {
    /// What begins work, by its path below `/v1/admin`.
    static let begin = JobKind.all.filter(\.isOffered).map { kind in
        (
            "/\(kind.name)",
            ResourceKind<Void>(
                "begin \(kind.name)",
                [.task(.POST, by: .administration) { _, call, body in try await begin(kind, call, body) }])
        )
    }

    /// `/v1/admin/jobs`
    static let jobs = ResourceKind<Void>(
        "jobs", [.task(.GET, .HEAD, by: .administration) { _, call, _ in try await list(call) }])

    /// `/v1/admin/jobs/{id}`
    static let job = ResourceKind<Int64>(
        "job",
        [
            .any(.GET, .HEAD, by: .administration) { id, call in
                if call.request.follows { return JobStream.follow(id, call) }
                return .task { _ in .json(.ok, try await job(id, call).json) }
            },
            .task(.DELETE, by: .administration) { id, call, _ in .json(.ok, try await cancel(id, call).json) },
        ])

    private static let bodyMax = 64 << 10

    private static func begin(_ kind: JobKind, _ call: Call, _ body: IncomingBody) async throws -> Answer {
        let bytes = try await body.collect(limit: bodyMax)
        let wanted = try await call.server.jobs.request(kind, bytes, site: try NativeSite.asked(call.request))
        let job = try await call.server.jobs.start(wanted, by: call.permit.requester)
        return .json(.accepted, job.json, headers: ["location": "/v1/admin/jobs/\(job.id)"])
    }

    private static func job(_ id: Int64, _ call: Call) async throws -> JobRecord {
        guard let job = try await call.server.jobs.job(id) else { throw JobRunner.missing("\(id)") }
        return job
    }

    private static func list(_ call: Call) async throws -> Answer {
        let jobs = try await call.server.jobs.jobs()
        var json = JSONWriter()
        json.object { json in
            json.name("jobs")
            json.array(jobs) { $1.write(to: &$0) }
        }
        return .json(.ok, json.bytes)
    }

    /// Steps are short, so a cancelled job is over in a moment: the answer waits for that, two seconds at most.
    private static func cancel(_ id: Int64, _ call: Call) async throws -> JobRecord {
        guard var job = try await call.server.jobs.cancel(id, by: call.permit.requester) else {
            throw JobRunner.missing("\(id)")
        }
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        for await _ in call.server.entries.logs.hub.changes(of: .job(id), within: .seconds(2), on: loop) {
            job = try await self.job(id, call)
            if job.state != .running { break }
        }
        return job
    }
}
