import Access
import BlobStore
import LarderHTTP
import LarderModel
import NIOHTTP1

/// `GET /v1/growth?days=30&store=S`: what the stores of a site held day by day, and what equal content saves.
///
///     {"days":30,"stores":[{"name":"runs","dedupSavedBytes":1200,
///                           "points":[{"day":"2026-05-10","entries":12,"bytes":40960,"storedBytes":9000}]}]}
///
/// A point is the state at the end of that day (UTC), the last one that of this moment; days on which no server ran
/// have none. `dedupSavedBytes` is null where the site has more than ``countedMax`` entries: counting reads each of
/// them.
struct GrowthFace {
    let context: ServerContext

    private static let daysDefault: Int64 = 30
    private static let daysMax: Int64 = 400
    static let countedMax: Int64 = 100_000

    func answer(_ request: RequestHead) async throws -> Answer {
        guard request.method == .GET || request.method == .HEAD else {
            throw EntryService.wrongMethod(request, allowed: "GET, HEAD")
        }
        let days = try number(request)
        let stores = try await stores(request)
        let today = context.store.now.day
        let found = try await context.store.growth(
            of: stores.summaries, in: stores.site, days: (today - days + 1)..<today, countedMax: Self.countedMax)
        var out = Array(#"{"days":\#(days),"stores":["#.utf8)
        for (i, growth) in found.enumerated() {
            if i > 0 { out.append(UInt8(ascii: ",")) }
            append(growth, today: today, to: &out)
        }
        out.append(contentsOf: "]}".utf8)
        let answer = Answer.json(.ok, out)
        return request.method == .HEAD ? answer.withoutBody : answer
    }

    private func number(_ request: RequestHead) throws(LarderError) -> Int64 {
        guard let text = try request.queryText("days") else { return Self.daysDefault }
        guard let days = Int64(text), (1...Self.daysMax).contains(days) else {
            throw LarderError(.malformedRequest, "days is a whole number from 1 to \(Self.daysMax).")
        }
        return days
    }

    /// The store that is asked for, else all that the token may see.
    private func stores(_ request: RequestHead) async throws -> (site: SiteID, summaries: [StoreSummary]) {
        if let text = try request.queryText("store") {
            let store = try StoreName(text)
            let (site, _) = try context.authorizeStore(request, .read, store)
            guard let summary = try await context.store.summary(of: store, in: site) else {
                throw LarderError(.notFound, "There is no store '\(store)'; it is made by its first write.")
            }
            return (site, [summary])
        }
        let (site, principal) = try context.authorizeSite(request, .read)
        var summaries: [StoreSummary] = []
        while true {
            let page = try await context.store.stores(
                of: site, after: summaries.last?.name.bytes ?? [], limit: ListQuery.maxLimit)
            summaries += page
            guard page.count == ListQuery.maxLimit else { break }
        }
        return (site, summaries.filter { principal.sees($0.name) })
    }

    private func append(_ growth: StoreGrowth, today: Int64, to out: inout [UInt8]) {
        let summary = growth.summary
        out.append(contentsOf: #"{"name":"#.utf8)
        JSONText.appendQuoted(summary.name.bytes, to: &out)
        out.append(contentsOf: #","dedupSavedBytes":\#(growth.sharedBytes.map(String.init) ?? "null"),"points":["#.utf8)
        let now = StoreDay(day: today, entries: summary.entries, bytes: summary.bytes, storedBytes: summary.storedBytes)
        for (i, point) in (growth.days + [now]).enumerated() {
            if i > 0 { out.append(UInt8(ascii: ",")) }
            let date = Timestamp(day: point.day).iso8601.prefix(10)
            out.append(
                contentsOf:
                    #"{"day":"\#(date)","entries":\#(point.entries),"bytes":\#(point.bytes),"storedBytes":\#(point.storedBytes)}"#
                    .utf8)
        }
        out.append(contentsOf: "]}".utf8)
    }
}
