import LarderClient

/// Begins a job, waits for its end behind a bar, and shows what came of it.
struct JobCall {
    let server: ServerOptions
    let output: OutputOptions
    let unit: String
    /// How long in a row the server may be away meanwhile.
    var patience = Duration.zero

    /// - Parameters:
    ///   - begin: asks the server for it.
    ///   - show: prints the result of a job that ended well, for people.
    /// - Throws: ``CommandFailure`` when the job failed or was cancelled.
    @discardableResult
    func run(_ begin: (LarderClient) async throws -> Job, show: (JSONObject) throws -> Void) async throws -> Job {
        let job = try await finish(begin)
        if output.json { try Console.json(job) } else { try show(job.result?.object ?? [:]) }
        return job
    }

    /// The same, without showing what came of it.
    func finish(_ begin: (LarderClient) async throws -> Job) async throws -> Job {
        let job = try await server.withClient { client in
            let begun = try await begin(client)
            let bar = JobBar(begun.title, unit: unit, isPlainSilent: output.json)
            defer { bar.finish() }
            return try await client.finish(begun, awayFor: patience) { bar.update($0) }
        }
        switch job.state {
        case .failed: throw CommandFailure(job.error?.message ?? "The job failed.", code: job.error?.code ?? "failed")
        case .cancelled: throw CommandFailure("Job \(job.id) was cancelled.", code: "cancelled")
        default: return job
        }
    }
}

extension JSONValue {
    /// A whole number; 0 for anything else.
    var count: Int64 { if case .integer(let value) = self { value } else { 0 } }
    /// The items of an array; none for anything else.
    var items: [JSONValue] { if case .array(let items) = self { items } else { [] } }
}
