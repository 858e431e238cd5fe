import BlobStore
import LarderHTTP
import LarderModel

extension Face {
    /// `GET /v1/growth?days=30&store=S`: what the stores of a site held day by day, and what equal content saves.
    ///
    ///     {"days":30,"stores":[{"name":"runs","dedupSavedBytes":1200,
    ///                           "points":[{"day":"2026-05-10","entries":12,"bytes":40960,"storedBytes":9000}]}]}
    ///
    /// A point is the state at the end of that day (UTC), the last one that of this moment; days on which no server ran
    /// have none. `dedupSavedBytes` is null where the site has too many entries: counting reads each of them.
    static let growth = Face(
        label: "admin", errors: .json,
        routes: [Route("/v1/growth", credentials: [.token, .cookie], crossOrigin: .listed, GrowthReport.kind)])
}

private enum GrowthReport {
    static let kind = ResourceKind<Void>(
        "growth", [.task(.GET, .HEAD, by: Right(permit: read)) { _, call, _ in try await report(call) }])

    /// The store that is asked for, else the site.
    @Sendable private static func read(_: Void, _ caller: Caller) throws(LarderError) -> Permit {
        guard let text = try caller.request.queryText("store") else { return try caller.permit(.read) }
        return try caller.permit(.read, store: try StoreName(text))
    }

    private static let daysDefault: Int64 = 30
    private static let daysMax: Int64 = 400
    private static let countedMax: Int64 = 100_000

    private static func report(_ call: Call) async throws -> Answer {
        let days = try days(call.request)
        let stores = try await stores(call)
        let today = call.server.store.now.day
        let found = try await call.server.store.growth(
            of: stores, in: call.permit.site, days: (today - days + 1)..<today, countedMax: countedMax)
        var json = JSONWriter()
        json.object { json in
            json.field("days", days)
            json.name("stores")
            json.array(found) { $1.write(today: today, to: &$0) }
        }
        return .json(.ok, json.bytes)
    }

    private static func days(_ request: RequestHead) throws(LarderError) -> Int64 {
        guard let text = try request.queryText("days") else { return daysDefault }
        guard let days = Int64(text), (1...daysMax).contains(days) else {
            throw LarderError(.malformedRequest, "days is a whole number from 1 to \(daysMax).")
        }
        return days
    }

    /// The store that is asked for, else all that the token may see.
    private static func stores(_ call: Call) async throws -> [StoreSummary] {
        let site = call.permit.site
        if let store = call.permit.store {
            guard let summary = try await call.server.store.summary(of: store, in: site) else {
                throw LarderError(.notFound, "There is no store '\(store)'; it is made by its first write.")
            }
            return [summary]
        }
        var summaries: [StoreSummary] = []
        while true {
            let page = try await call.server.store.stores(
                of: site, after: summaries.last?.name.bytes ?? [], limit: ListQuery.maxLimit)
            summaries += page
            guard page.count == ListQuery.maxLimit else { break }
        }
        return summaries.filter { call.permit.sees($0.name) }
    }
}

extension StoreGrowth {
    fileprivate func write(today: Int64, to out: inout JSONWriter) {
        let now = StoreDay(day: today, entries: summary.entries, bytes: summary.bytes, storedBytes: summary.storedBytes)
        out.object { out in
            out.field("name", quoting: summary.name.bytes)
            out.name("dedupSavedBytes")
            if let sharedBytes { out.value(sharedBytes) } else { out.null() }
            out.name("points")
            out.array(days + [now]) { $1.write(to: &$0) }
        }
    }
}

extension StoreDay {
    fileprivate func write(to out: inout JSONWriter) {
        out.object { out in
            out.field("day", String(Timestamp(day: day).iso8601.prefix(10)))
            out.field("entries", entries)
            out.field("bytes", bytes)
            out.field("storedBytes", storedBytes)
        }
    }
}
