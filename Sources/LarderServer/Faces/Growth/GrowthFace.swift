import Access
import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

extension Face {
    /// `GET /v1/growth?days=30&store=S&limit&cursor`: what the stores of a site held day by day, and what equal content
    /// saves.
    ///
    ///     {"days":30,"stores":[{"name":"runs","dedupSavedBytes":1200,
    ///                           "points":[{"day":"2026-05-10","entries":12,"bytes":40960,"storedBytes":9000}]}]}
    ///
    /// A point is the state at the end of that day (UTC), the last one that of this moment; days on which no server ran
    /// have none. `dedupSavedBytes` is what entries of the stores that are asked for save one another; null where these
    /// have too many entries: counting reads each of them.
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
        let span = try days(call.request), blobs = call.server.blobs
        let today = blobs.now.day
        let days = (today - span + 1)..<today
        if let name = call.permit.store {
            guard let summary = try await blobs.summary(of: name, in: call.permit.site) else {
                throw LarderError(.notFound, "There is no store '\(name)'; it is made by its first write.")
            }
            let saved = try await saved([summary], blobs)
            let found = try await blobs.growth(of: [summary], days: days, saved: saved)
            var json = JSONWriter()
            json.object { json in
                json.field("days", span)
                json.name("stores")
                json.array(found) { $1.write(today: today, to: &$0) }
            }
            return .json(.ok, json.bytes)
        }
        let list = try StoreList(call)
        let lease = BufferLease(call.server.gate.buffers)
        let savedOfAll = list.limit == nil ? try await saved(list, blobs, lease) : nil
        var answer = try await list.answer(fields: { $0.field("days", span) }) { stores, json in
            let saved = list.limit == nil ? savedOfAll : try await saved(stores, blobs)
            for growth in try await blobs.growth(of: stores, days: days, saved: saved) {
                growth.write(today: today, to: &json)
            }
        }
        answer.holding = lease
        return answer
    }

    /// What equal content saves among these stores; nil: they have too many entries to count.
    private static func saved(_ stores: [StoreSummary], _ blobs: BlobStore) async throws -> SharedBytes? {
        guard stores.reduce(0, { $0 + $1.entries }) <= countedMax else { return nil }
        return try await blobs.sharedBytes(of: stores)
    }

    /// The same among all of them. No more of them are in memory than have something to count.
    /// - Parameter lease: grows with them.
    private static func saved(_ list: StoreList, _ blobs: BlobStore, _ lease: BufferLease) async throws -> SharedBytes?
    {
        var filled: [StoreSummary] = []
        var entries: Int64 = 0
        try await list.forEachPage { page in
            entries += page.reduce(0) { $0 + $1.entries }
            filled += page.filter { $0.entries > 0 }
            try lease.cover(filled.count * 2 * MemoryLayout<StoreSummary>.stride)
            return entries <= countedMax
        }
        return try await saved(filled, blobs)
    }

    private static func days(_ request: RequestHead) throws(LarderError) -> Int64 {
        guard let text = try request.queryText("days") else { return daysDefault }
        guard let days = Int64(text), (1...daysMax).contains(days) else {
            throw LarderError(.malformedRequest, "days is a whole number from 1 to \(daysMax).")
        }
        return days
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
