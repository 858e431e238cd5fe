import Access
import BlobStore
import Index
import LarderHTTP
import LarderModel
import Logs
import NIOHTTP1

/// One log of any store (contract, «Logs for everybody»).
enum NativeLog {
    /// `/v1/stores/{store}/logs/{key}`
    static let kind = ResourceKind<EntryName>(
        "log",
        [
            .any(.GET, .HEAD, by: .storeOrSigned(.read) { name, _ in name.store }) { target, call in
                let name = target.inSite(call.permit.site)
                if call.request.follows { return try follow(name, call) }
                return .task { _ in try await page(name, call) }
            },
            .any(.POST, by: write) { target, call in try append(to: target.inSite(call.permit.site), call) },
            .task(.PATCH, by: write) { target, call, body in
                try await patch(target.inSite(call.permit.site), call, body)
            },
            .task(.DELETE, by: write) { target, call, _ in try await delete(target.inSite(call.permit.site), call) },
        ])

    private static let write = Right<EntryName>.store(.write) { name, _ in name.store }

    // MARK: Reading

    private static func follow(_ name: EntryName, _ call: Call) throws(LarderError) -> Handling {
        let rule = try call.server.entries.logs.logRule(name)
        var start = try call.request.followStart()
        if start == .beginning, let tail = try call.request.number("tail") { start = .newest(Int(tail)) }
        let isRun = rule.log?.states == .run
        let log = isRun ? RunName(name.key).map { FollowedLog.run($0) } : nil
        return call.followLogs(.log(log ?? .log(name.store, name.key, isRun: isRun), name), from: start)
    }

    /// `?tail`, `?after&limit`, `?before&limit`, each with `since`, `until` and `role`
    private static func page(_ name: EntryName, _ call: Call) async throws -> Answer {
        let query = try LogQuery(call.request)
        let lease = BufferLease(call.server.gate.buffers)
        let found = try await call.server.entries.logs.page(name, query) { try lease.cover($0) }
        guard let found else { throw LarderError.missingLog(name) }
        let etag = found.entry.etag
        let outcome = call.request.preconditions().evaluateRead(etag: etag, modifiedAt: found.entry.modifiedAt)
        let fields: HTTPHeaders = ["etag": etag.quoted]
        switch outcome {
        case .notModified: return Answer(.notModified, headers: fields)
        case .failed: throw LarderError(.preconditionFailed, "If-Match: the log has changed.")
        case .proceed: break
        }
        let events = found.page.events
        var answer = try await Answer.json(to: call.request.method, pagesFrom: 0) { place, json in
            if place == 0 { open(found, name, &json) }
            var end = place, bytes = 0
            while end < events.count, end == place || bytes < Answer.pieceSize {
                events[end].write(to: &json)
                bytes += events[end].json.count
                end += 1
            }
            if end < events.count { return end }
            json.closeArray()
            if let next = found.page.next { json.field("next", next) }
            if let previous = found.page.previous { json.field("previous", previous) }
            json.closeObject()
            return nil
        }
        answer.headers.add(contentsOf: fields)
        answer.holding = lease
        return answer
    }

    private static func open(_ found: LogService.FoundPage, _ name: EntryName, _ json: inout JSONWriter) {
        json.openObject()
        json.field("store", quoting: name.store.bytes)
        json.fields(of: name.key)
        json.field("first", found.head.first)
        json.field("last", found.head.last)
        json.field("count", found.head.count)
        json.field("dropped", found.head.dropped)
        json.field("etag", found.entry.etag.quoted)
        if let end = found.entry.expiresAt { json.field("expiresAt", end) }
        json.field("metadata", raw: found.entry.metadata.object)
        json.name("events")
        json.openArray()
    }

    // MARK: Writing

    private static func append(to name: EntryName, _ call: Call) throws -> Handling {
        let request = call.request
        let wish = AppendWish(
            idempotencyKey: request.idempotencyKey, conditions: try request.nativeConditions(),
            expiry: try request.lifetime())
        let isPartial = try request.flag("partial")
        guard MediaType.lines.contains(MediaType.essence(request.field("content-type") ?? "")) else {
            guard !isPartial else {
                throw LarderError(.malformedRequest, "partial=true goes with lines of JSON (application/x-ndjson).")
            }
            return call.append(to: name, wish) { answer($0) }
        }
        return .task { body in
            let lines = try await body.collect(limit: Call.appendMax, copies: 2)
            let (result, refused) = try await call.server.entries.logs.appendLines(
                lines, to: name, wish, isPartial: isPartial)
            return answer(result, refused: isPartial ? refused : nil)
        }
    }

    private static func answer(_ result: AppendResult, refused: [(line: Int, error: LarderError)]? = nil) -> Answer {
        var json = JSONWriter()
        json.object { json in
            json.field("first", result.first)
            json.field("last", result.last)
            json.field("count", result.count)
            if let etag = result.etag { json.field("etag", etag.quoted) }
            guard let refused else { return }
            json.name("refused")
            json.array(refused) { json, line in
                json.object { json in
                    json.field("line", line.line)
                    json.field("code", line.error.code.rawValue)
                    json.field("message", line.error.message)
                }
            }
        }
        var fields = HTTPHeaders()
        if let etag = result.etag { fields.add(name: "etag", value: etag.quoted) }
        return .json(.ok, json.bytes, headers: fields)
    }

    private static func patch(_ name: EntryName, _ call: Call, _ body: IncomingBody) async throws -> Answer {
        try call.request.checkMergePatch()
        let conditions = try call.request.nativeConditions()
        let patch = try await body.collect(limit: 2 * Metadata.logMaxBytes)
        let entry = try await call.server.entries.logs.update(name, metadata: patch, conditions: conditions)
        var json = JSONWriter()
        json.object { json in
            json.fields(of: entry.key)
            json.field("etag", entry.etag.quoted)
            if let end = entry.expiresAt { json.field("expiresAt", end) }
            json.field("metadata", raw: entry.metadata.object)
        }
        return .json(.ok, json.bytes, headers: ["etag": entry.etag.quoted])
    }

    // MARK: Forgetting

    private static func delete(_ name: EntryName, _ call: Call) async throws -> Answer {
        let logs = call.server.entries.logs
        guard let which = try forgotten(call.request) else {
            _ = try logs.logRule(name)
            guard try await call.server.blobs.delete(name, conditions: call.request.preconditions()) else {
                throw LarderError.missingLog(name)
            }
            return Answer(.noContent)
        }
        guard let count = try await logs.forget(which, of: name) else { throw LarderError.missingLog(name) }
        var json = JSONWriter()
        json.object { $0.field("deleted", count) }
        return .json(.ok, json.bytes)
    }

    /// Sequence numbers that one request names.
    private static let sequencesMax = 1_000

    /// `?before`, `?until` or `?seq=7,9`; nil: the whole log.
    private static func forgotten(_ request: RequestHead) throws(LarderError) -> IndexTransaction.Forgotten? {
        let given = ["before", "until", "seq"].filter { request.queryField($0) != nil }
        guard let field = given.first else {
            guard request.query.isEmpty || request.hasOnly(["site"]) else {
                throw LarderError(
                    .malformedRequest, "A log is deleted whole, or ?before=, ?until= or ?seq= says what of it.")
            }
            return nil
        }
        guard given.count == 1, let text = try request.queryText(field), !text.isEmpty else {
            throw LarderError(
                .malformedRequest, "Say one of before, until and seq, with a value; nothing was deleted.")
        }
        switch field {
        case "before": return try request.number("before").map { .before($0) }
        case "until": return try request.time("until").map { .until($0) }
        default:
            let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int64($0) }
            guard numbers.count <= sequencesMax, numbers.allSatisfy({ $0.map { $0 > 0 } ?? false }) else {
                throw LarderError(
                    .malformedRequest,
                    "seq is up to \(sequencesMax) sequence numbers from 1, separated by commas; nothing was deleted.")
            }
            return .sequences(numbers.compactMap(\.self))
        }
    }
}

extension LogQuery {
    /// Events of a page, where nothing else is said, and at most; and bytes of them.
    private static let limitDefault: Int64 = 100
    private static let limitMax: Int64 = 10_000
    private static let bytesMax = 16 << 20

    fileprivate init(_ request: RequestHead) throws(LarderError) {
        let tail = try request.number("tail"), after = try request.number("after")
        let before = try request.number("before"), limit = try request.number("limit")
        guard [tail, after, before].count(where: { $0 != nil }) <= 1 else {
            throw LarderError(.malformedRequest, "Say one of tail, after and before.")
        }
        guard tail == nil || limit == nil else {
            throw LarderError(.malformedRequest, "tail says how many already; limit goes with after and before.")
        }
        let count = tail ?? limit ?? Self.limitDefault
        guard (tail == nil ? 1 : 0)...Self.limitMax ~= count else {
            throw LarderError(.malformedRequest, "A page has 1 to \(Self.limitMax) events.")
        }
        self.init(
            after.map { .after($0) } ?? .before(before), limit: Int(count), byteLimit: Self.bytesMax,
            since: try request.time("since"), until: try request.time("until"),
            roles: try request.queryTexts("role").map { Array($0.utf8) })
        if let since, let until, since >= until {
            throw LarderError(.malformedRequest, "since must lie before until.")
        }
    }
}

extension LogEvent {
    /// `{"seq","at","receivedAt","event"}`
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("seq", sequence)
            json.field("at", at)
            json.field("receivedAt", receivedAt)
            json.field("event", raw: self.json)
        }
    }
}

extension LarderError {
    static func missingLog(_ name: EntryName) -> LarderError {
        LarderError(.notFound, "There is no log '\(name.key)' in the store '\(name.store)'.")
    }
}
