import Access
import Housekeeping
import LarderHTTP
import LarderModel
import NIOCore
import NIOHTTP1

/// Long work, begun, watched and cancelled by admins (contract §4.6).
struct AdminFace {
    let context: ServerContext

    private static let bodyMax = 64 << 10

    func answer(_ route: AdminRoute, _ request: RequestHead, _ body: IncomingBody) async throws -> Answer {
        let admin = try context.authorizeAdministration(request)
        switch (route, request.method) {
        case (.begin(let kind), .POST):
            let bytes = try await body.collect(limit: Self.bodyMax)
            let wanted =
                try await confirmed(kind, bytes) ?? JobBody.parse(kind, bytes, site: try NativeSite.asked(request))
            let job = try await context.jobs.start(wanted, by: admin.name)
            return .json(.accepted, JobJSONText.json(job), headers: ["location": "/v1/admin/jobs/\(job.id)"])
        case (.begin, _): throw EntryService.wrongMethod(request, allowed: "POST")
        case (.jobs, .GET), (.jobs, .HEAD): return withoutBodyForHead(try await list(), request)
        case (.jobs, _): throw EntryService.wrongMethod(request, allowed: "GET, HEAD")
        case (.job(let id), .GET) where request.wantsEventStream:
            return JobStream(jobs: context.jobs, isAllowed: { context.isStillValid(admin) }).answer(try await job(id))
        case (.job(let id), .GET), (.job(let id), .HEAD):
            return withoutBodyForHead(.json(.ok, JobJSONText.json(try await job(id))), request)
        case (.job(let id), .DELETE): return .json(.ok, JobJSONText.json(try await cancel(id, by: admin)))
        case (.job, _): throw EntryService.wrongMethod(request, allowed: "GET, HEAD, DELETE")
        }
    }

    /// The cleanup that `{"confirm":"17"}` asks for: what dry run 17 showed. Nil: the body asks for something else.
    private func confirmed(_ kind: JobKind, _ body: [UInt8]) async throws -> JobRequest? {
        guard kind == .cleanup, let id = try JobBody.confirmation(body) else { return nil }
        let dryRun = try await job(id)
        guard case .cleanup(let request) = try JobRequest(dryRun), request.dryRun, dryRun.state == .done else {
            throw LarderError(
                .conflict, "Job \(id) is not a dry run of a cleanup that is done; make one, look at it, and confirm it."
            )
        }
        return .cleanup(CleanupRequest(confirming: request, at: dryRun.startedAt))
    }

    private func job(_ id: Int64) async throws -> JobRecord {
        guard let job = try await context.jobs.job(id) else { throw AdminRoute.missing("\(id)") }
        return job
    }

    private func list() async throws -> Answer {
        var out = Array(#"{"jobs":["#.utf8)
        for (i, job) in try await context.jobs.jobs().enumerated() {
            if i > 0 { out.append(UInt8(ascii: ",")) }
            out.append(contentsOf: JobJSONText.json(job))
        }
        out.append(contentsOf: "]}".utf8)
        return .json(.ok, out)
    }

    /// Steps are short, so a cancelled job is over in a moment: the answer waits for that, two seconds at most.
    private func cancel(_ id: Int64, by admin: Principal) async throws -> JobRecord {
        guard var job = try await context.jobs.cancel(id, by: admin.name) else { throw AdminRoute.missing("\(id)") }
        for _ in 0..<40 where job.state == .running {
            try await Task.sleep(for: .milliseconds(50))
            job = try await self.job(id)
        }
        return job
    }

    private func withoutBodyForHead(_ answer: Answer, _ request: RequestHead) -> Answer {
        request.method == .HEAD ? answer.withoutBody : answer
    }
}
