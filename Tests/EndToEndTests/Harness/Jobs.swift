import NIOHTTP1
import Testing

extension LarderProcess {
    /// Begins a job and gives its document.
    func begin(_ kind: String, _ body: String = "") async throws -> JSON {
        let reply = try await send(.POST, "/v1/admin/\(kind)", ["content-type": "application/json"], .text(body))
        try requireStatus(reply, 202)
        return try reply.json
    }

    func job(_ id: String) async throws -> JSON {
        let reply = try await get("/v1/admin/jobs/\(id)")
        try requireStatus(reply, 200)
        return try reply.json
    }

    /// Waits for a job's end and gives its document.
    func finish(_ job: JSON, within limit: Duration = .seconds(60)) async throws -> JSON {
        let id = try #require(job["id"].string, "\(job)")
        var last = job
        let isOver = try await eventually(within: limit) {
            last = try await self.job(id)
            return last["state"] != "running"
        }
        try #require(isOver, "job \(id) still ran after \(limit): \(last)")
        return last
    }

    /// Runs a job to its end and gives its result.
    func run(_ kind: String, _ body: String = "", within limit: Duration = .seconds(60)) async throws -> JSON {
        let job = try await finish(try await begin(kind, body), within: limit)
        try #require(job["state"] == "done", "\(job)")
        return job["result"]
    }

    /// Every key of a store.
    func keys(_ store: String) async throws -> [String] {
        var keys: [String] = []
        var cursor: String?
        repeat {
            let page = try await get(Native.entries(store, cursor.map { "cursor=\($0)" } ?? "")).json
            keys += page["entries"].items.compactMap { $0["key"].string }
            cursor = page["cursor"].string
        } while cursor != nil
        return keys
    }
}
