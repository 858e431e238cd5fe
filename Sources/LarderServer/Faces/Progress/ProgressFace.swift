import LarderHTTP
import LarderModel
import NIOCore
import NIOHTTP1
import Logs

/// The progress face (contract §4.3) but for its streams, which ``RunStream`` serves.
struct ProgressFace {
    let context: ServerContext

    /// The largest body of an append.
    private static let bodyMax = 16 << 20

    func answer(_ route: ProgressRoute, _ request: RequestHead, _ body: IncomingBody) async throws -> Answer {
        // Streams are taken by the connection's handler before they come here.
        guard !(request.method == .GET && request.wantsEventStream) else {
            throw LarderError(.malformedRequest, "An event stream needs HTTP/1.1.")
        }
        switch route {
        case .run(let run): return try await one(run, request, body)
        case .runs: return try await list(request)
        case .function: return try await ProgressFunction(context: context).answer(request, body)
        }
    }

    /// The log of a run, if the request may touch it.
    func name(_ run: RunName, _ request: RequestHead) throws(LarderError) -> EntryName {
        let isRead = request.method == .GET || request.method == .HEAD
        let store = try store(request)
        let site =
            isRead ? try context.authorizeRead(request, store).0 : try context.authorizeStore(request, .write, store).0
        return EntryName(site: site, store: store, key: try run.key())
    }

    /// The store of the runs that a request is about: an app's own (`?store=acme-progress`), else `progress`.
    /// - Throws: `LarderError` `.malformedRequest` for a store that keeps no logs of runs.
    func store(_ request: RequestHead) throws(LarderError) -> StoreName {
        guard !request.query.isEmpty, let text = try request.queryText("store") else {
            return try StoreName(ProgressRoute.storeName)
        }
        let store = try StoreName(text)
        let policies = context.store.policies
        guard policies.rule(for: try RunName(project: "p", run: "r").key(), in: policies.policy(for: store)).log != nil
        else {
            throw LarderError(
                .malformedRequest, "The store '\(store)' keeps no runs; its policy has no log rule for them.")
        }
        return store
    }

    private func one(_ run: RunName, _ request: RequestHead, _ body: IncomingBody) async throws -> Answer {
        let name = try name(run, request)
        switch request.method {
        case .GET, .HEAD:
            let after = try number("after", request) ?? 0
            let tail = try number("tail", request).map { Int($0) }
            guard let log = try await context.entries.logs.read(name, after: after, tail: tail) else {
                throw LarderError(.notFound, "The run '\(run.run)' of '\(run.project)' has no events.")
            }
            let answer = Answer.json(.ok, Self.json(run, log))
            return request.method == .HEAD ? answer.withoutBody : answer
        case .POST:
            let events = try await body.collect(limit: Self.bodyMax)
            context.metrics.bytesIn.add(Int64(events.count))
            let result = try await context.entries.logs.append(
                events, to: name, idempotencyKey: request.field("idempotency-key").map { Array($0.utf8) })
            return .json(.ok, #"{"first":\#(result.first),"last":\#(result.last),"count":\#(result.count)}"#)
        default: throw EntryService.wrongMethod(request, allowed: "GET, HEAD, POST")
        }
    }

    func number(_ field: String, _ request: RequestHead) throws(LarderError) -> Int64? {
        guard !request.query.isEmpty, let text = try request.queryText(field) else { return nil }
        guard let number = Int64(text), (0...1_000_000_000_000).contains(number) else {
            throw LarderError(.malformedRequest, "\(field) is a whole number, 0 or more.")
        }
        return number
    }

    private static func json(_ run: RunName, _ log: LogService.Snapshot) -> [UInt8] {
        var out = Array(#"{"project":"#.utf8)
        JSONText.appendQuoted(run.project.utf8, to: &out)
        out.append(contentsOf: #","run":"#.utf8)
        JSONText.appendQuoted(run.run.utf8, to: &out)
        let head = log.head
        out.append(
            contentsOf: (#","state":"\#(log.state.rawValue)","first":\#(head.first),"last":\#(head.last),"count":\#(head.count)"#
                + #","dropped":\#(head.dropped),"events":["#).utf8)
        for (i, event) in log.events.enumerated() {
            out.append(contentsOf: #"\#(i > 0 ? "," : ""){"seq":\#(event.sequence),"receivedAt":""#.utf8)
            out.append(contentsOf: event.receivedAt.iso8601Bytes)
            out.append(contentsOf: #"","event":"#.utf8)
            out.append(contentsOf: event.json)
            out.append(UInt8(ascii: "}"))
        }
        out.append(contentsOf: "]}".utf8)
        return out
    }

    // MARK: Runs

    private static let limitDefault = 100

    private func list(_ request: RequestHead) async throws -> Answer {
        guard request.method == .GET || request.method == .HEAD else {
            throw EntryService.wrongMethod(request, allowed: "GET, HEAD")
        }
        let store = try store(request)
        let (site, _) = try context.authorizeStore(request, .read, store)
        let limit =
            try request.queryText("limit").map { text throws(LarderError) in try context.gate.pageLimit(text) }
            ?? min(Self.limitDefault, context.gate.limits.listPage)
        let state = try request.queryText("state").map { text throws(LarderError) in
            guard let state = RunState(rawValue: text) else {
                throw LarderError(.malformedRequest, "state is running, completed, failed or stalled.")
            }
            return state
        }
        var before: (Timestamp, [UInt8])?
        if let text = try request.queryText("cursor"), !text.isEmpty {
            guard case .afterTime(let time, let key) = try ListCursor(text: text) else {
                throw LarderError(.malformedRequest, "The cursor is not one of this list; start again without it.")
            }
            before = (time, key)
        }
        let prefix =
            try request.queryText("project").map { RunName.prefix + Array("\($0)/runs/".utf8) } ?? RunName.prefix
        let runs = try await context.entries.logs.runs(
            of: store, in: site, prefix: prefix, state: state, before: before, limit: limit)
        var out = Array(#"{"runs":["#.utf8)
        var isFirst = true
        for run in runs {
            guard let name = RunName(run.head.key) else { continue }
            if !isFirst { out.append(UInt8(ascii: ",")) }
            isFirst = false
            Self.append(name, run.head, run.state, to: &out)
        }
        out.append(UInt8(ascii: "]"))
        if runs.count == limit, let last = runs.last {
            out.append(contentsOf: #","cursor":"#.utf8)
            JSONText.appendQuoted(
                ListCursor.afterTime(last.head.updatedAt, key: last.head.key.bytes).text.utf8, to: &out)
        }
        out.append(UInt8(ascii: "}"))
        let answer = Answer.json(.ok, out)
        return request.method == .HEAD ? answer.withoutBody : answer
    }

    private static func append(_ name: RunName, _ head: LogHead, _ state: RunState, to out: inout [UInt8]) {
        out.append(contentsOf: #"{"project":"#.utf8)
        JSONText.appendQuoted(name.project.utf8, to: &out)
        out.append(contentsOf: #","run":"#.utf8)
        JSONText.appendQuoted(name.run.utf8, to: &out)
        out.append(
            contentsOf: (#","state":"\#(state.rawValue)","first":\#(head.first),"last":\#(head.last),"count":\#(head.count)"#
                + #","startedAt":"\#(head.startedAt)","updatedAt":"\#(head.updatedAt)""#).utf8)
        if let progress = head.progress, progress.isFinite {
            let text = progress == progress.rounded() && abs(progress) < 1e15 ? "\(Int64(progress))" : "\(progress)"
            out.append(contentsOf: #","progress":\#(text)"#.utf8)
        }
        if let message = head.message {
            out.append(contentsOf: #","message":"#.utf8)
            JSONText.appendQuoted(message.utf8, to: &out)
        }
        out.append(UInt8(ascii: "}"))
    }
}
