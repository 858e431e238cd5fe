import LarderModel
import LarderTestSupport
import Testing

@testable import Index

/// What every engine keeps of logs, whoever writes them.
@Suite("Logs in the index", .everyEngine)
struct LogTests {
    private let clock = ManualClock()
    private let blank: ETag

    init() throws { blank = try #require(ETag([UInt8](repeating: 9, count: 32))) }

    private func shape(ttl: Duration? = nil) throws -> IndexTransaction.LogShape {
        let blank = blank
        return IndexTransaction.LogShape(
            isRun: false, expiry: ttl.map { .after($0) } ?? .never, ttl: ttl,
            fold: { Array(($0 + $1).suffix(32)) + [UInt8](repeating: 0, count: max(0, 32 - $0.count - $1.count)) },
            etag: { chain, first, metadata in
                let bytes = chain + Array("\(first)".utf8) + metadata.json
                return ETag(Array(bytes.suffix(32)) + [UInt8](repeating: 1, count: max(0, 32 - bytes.count)))
                    ?? blank
            })
    }

    private func name(_ key: String, store: String = "chats") throws -> EntryName {
        EntryName(site: .default, store: try StoreName(store), key: try EntryKey(key))
    }

    private func event(_ number: Int, role: String? = nil, at: Int64? = nil) throws -> NewLogEvent {
        let text = Array("{\"n\":\(number)}".utf8)
        let print = [UInt8](repeating: UInt8(number & 255), count: 8) + [UInt8](repeating: UInt8(number >> 8), count: 8)
        return NewLogEvent(
            json: text, fingerprint: try #require(Fingerprint(print)), signal: RunSignal(),
            at: at.map { Timestamp(milliseconds: $0) }, role: role.map { Array($0.utf8) })
    }

    @discardableResult
    private func append(
        _ events: [NewLogEvent], to log: EntryName, _ index: EntryIndex, maxEvents: Int? = nil,
        maxBytes: Int64? = nil, ttl: Duration? = nil, conditions: Preconditions = .none
    ) async throws -> AppendResult {
        let bounds = LogBounds(maxEvents: maxEvents, maxBytes: maxBytes.map { ByteCount($0) })
        let shape = try shape(ttl: ttl)
        return try await index.write { try $0.append(events, to: log, bounds, shape, conditions: conditions) }
    }

    private func page(_ log: EntryName, _ index: EntryIndex, _ query: LogQuery) async throws -> (
        numbers: [Int64], next: Int64?, previous: Int64?
    ) {
        let page = try await index.read { try $0.logPage(log, query) }
        return (page.events.map(\.sequence), page.next, page.previous)
    }

    @Test("give pages in either direction, each saying where to go on")
    func pages() async throws {
        try await withIndex(clock: clock.clock) { index async throws in
            let log = try name("a")
            try await append((1...10).map { try event($0) }, to: log, index)
            func shown(_ start: LogQuery.Start, _ limit: Int) async throws -> [Int64] {
                let page = try await page(log, index, LogQuery(start, limit: limit))
                return page.numbers + [-1, page.previous ?? 0, page.next ?? 0]
            }
            #expect(try await shown(.before(nil), 3) == [8, 9, 10, -1, 8, 0])
            #expect(try await shown(.before(8), 3) == [5, 6, 7, -1, 5, 7])
            #expect(try await shown(.before(3), 3) == [1, 2, -1, 0, 2])
            #expect(try await shown(.before(1), 3) == [-1, 0, 0])
            #expect(try await shown(.after(0), 4) == [1, 2, 3, 4, -1, 0, 4])
            #expect(try await shown(.after(4), 6) == [5, 6, 7, 8, 9, 10, -1, 5, 0])
            #expect(try await shown(.after(10), 6) == [-1, 11, 0])
            #expect(try await shown(.before(nil), 0) == [-1, 11, 0])
            #expect(try await shown(.before(nil), 100).prefix(10) == Array(1...10)[...].map { Int64($0) }[...])
        }
    }

    @Test("filter first and then take the newest, by role and by half-open time")
    func filters() async throws {
        try await withIndex(clock: clock.clock) { index async throws in
            let log = try name("a")
            // Times that do not ascend, as in an imported history.
            let times: [Int64] = [500, 100, 300, 300, 200, 400]
            let events = try times.enumerated().map { place, time in
                try event(place + 1, role: place.isMultiple(of: 2) ? "user" : "assistant", at: time)
            }
            try await append(events, to: log, index)
            func numbers(
                _ limit: Int = 10, since: Int64? = nil, until: Int64? = nil, _ roles: String...
            ) async throws -> [Int64] {
                try await page(
                    log, index,
                    LogQuery(
                        .before(nil), limit: limit, since: since.map { Timestamp(milliseconds: $0) },
                        until: until.map { Timestamp(milliseconds: $0) }, roles: roles.map { Array($0.utf8) })
                ).numbers
            }
            #expect(try await numbers(2, "user") == [3, 5])
            #expect(try await numbers(10, "assistant") == [2, 4, 6])
            #expect(try await numbers(10, "user", "assistant") == [1, 2, 3, 4, 5, 6])
            #expect(try await numbers(10, "system").isEmpty)
            #expect(try await numbers(since: 300) == [1, 3, 4, 6])
            #expect(try await numbers(since: 300, until: 400) == [3, 4])
            #expect(try await numbers(until: 300) == [2, 5])
            #expect(try await numbers(1, until: 300, "assistant") == [2])
            let head = try #require(try await index.read { try $0.logHead(log) })
            #expect(head.startedAt.milliseconds == 500 && head.updatedAt.milliseconds == 400)
        }
    }

    @Test("look at a bounded number of events for a page, and go on from there")
    func boundedLook() async throws {
        try await withIndex(clock: clock.clock) { index async throws in
            let log = try name("a")
            let count = IndexReader.logPageRows + 5
            let first = try event(1, role: "user")
            let others = try (2...count).map { try event($0, role: "assistant") }
            try await append([first] + others, to: log, index)
            let query = LogQuery(.before(nil), limit: 1, roles: [Array("user".utf8)])
            let page = try await page(log, index, query)
            #expect(page.numbers.isEmpty && page.previous == 6)
            let rest = try await self.page(log, index, LogQuery(.before(6), limit: 1, roles: query.roles))
            #expect(rest.numbers == [1] && rest.previous == nil)
        }
    }

    @Test("keep the newest events within both caps, and one in any case")
    func caps() async throws {
        try await withIndex(clock: clock.clock) { index async throws in
            let log = try name("a")
            for number in 1...9 { try await append([try event(number)], to: log, index, maxEvents: 5, maxBytes: 21) }
            // Each has seven bytes.
            #expect(try await page(log, index, LogQuery(.before(nil), limit: 100)).numbers == [7, 8, 9])
            let head = try #require(try await index.read { try $0.logHead(log) })
            #expect(head.first == 7 && head.last == 9 && head.count == 3 && head.dropped == 6 && head.bytes == 21)
            try await append([try event(10)], to: log, index, maxBytes: 1)
            #expect(try await page(log, index, LogQuery(.before(nil), limit: 100)).numbers == [10])
        }
    }

    @Test("leave holes where events were forgotten, which nobody reads again")
    func forgetting() async throws {
        try await withIndex(clock: clock.clock) { index async throws in
            let log = try name("a"), shape = try shape()
            try await append((1...8).map { try event($0, at: Int64($0) * 100) }, to: log, index)
            func forget(_ which: IndexTransaction.Forgotten) async throws -> Int? {
                let bounds = LogBounds(maxEvents: nil)
                return try await index.write {
                    try $0.forget(which, of: log, bounds, shape, after: 0, limit: 100)?.count
                }
            }
            let before = try await index.read { try $0.entry(log)?.etag }
            #expect(try await forget(.sequences([3, 6, 99])) == 2)
            #expect(try await forget(.sequences([3])) == 0)
            #expect(try await page(log, index, LogQuery(.before(nil), limit: 100)).numbers == [1, 2, 4, 5, 7, 8])
            #expect(try await index.read { try $0.entry(log)?.etag } != before)
            #expect(try await forget(.before(3)) == 2)
            #expect(try await forget(.until(Timestamp(milliseconds: 500))) == 1)
            var head = try #require(try await index.read { try $0.logHead(log) })
            #expect(head.first == 5 && head.last == 8 && head.count == 3 && head.bytes == 21)
            #expect(try await index.read { try $0.sequence(beforeNewest: 2, of: log) } == 6)
            try await append([try event(9)], to: log, index, maxEvents: 3)
            #expect(try await page(log, index, LogQuery(.after(0), limit: 100)).numbers == [7, 8, 9])
            #expect(try await forget(.before(100)) == 3)
            #expect(try await index.read { try $0.entry(log)?.size } == 2, "an empty array is left")
            #expect(try await append([try event(10)], to: log, index).first == 10)
            head = try #require(try await index.read { try $0.logHead(log) })
            #expect(head.first == 10 && head.count == 1)
            #expect(
                try await index.write {
                    try $0.forget(
                        .before(9), of: try name("b"), LogBounds(maxEvents: 1), shape, after: 0, limit: 1)?.count
                } == nil)
        }
    }

    @Test("start from nothing when their time is over, and their numbers go on")
    func expiry() async throws {
        try await withIndex(clock: clock.clock) { index async throws in
            let log = try name("a"), other = try name("b")
            let hour = Duration.seconds(3_600)
            try await append([try event(1), try event(2)], to: log, index, ttl: hour)
            try await append([try event(1)], to: other, index)
            clock.advance(by: .seconds(3_599))
            try await append([try event(3)], to: log, index, ttl: hour)
            clock.advance(by: .seconds(3_599))
            #expect(try await listed(index) == ["a", "b"], "a write puts the end off")
            clock.advance(by: .seconds(1))
            let now = clock.now
            #expect(try await index.read { try $0.standingLog(log, now: now) == nil })
            #expect(try await listed(index) == ["b"])
            let result = try await append([try event(4)], to: log, index, ttl: hour)
            #expect(result.first == 4 && result.last == 4)
            #expect(try await page(log, index, LogQuery(.after(0), limit: 10)).numbers == [4])
            let head = try #require(try await index.read { try $0.logHead(log) })
            #expect(head.count == 1 && head.dropped == 0)
        }
    }

    private func listed(_ index: EntryIndex, prefix: String = "", byKey: Bool = false) async throws -> [String] {
        let query = LogListQuery(
            prefix: Array(prefix.utf8), order: byKey ? .key(after: nil) : .newest(before: nil), limit: 100)
        let now = clock.now
        return try await index.read {
            try $0.logs(of: StoreName("chats"), in: .default, query, now: now).logs.map(\.head.key.text)
        }.sorted()
    }

    @Test("are put off by reads that are noted, and never brought back by them")
    func sliding() async throws {
        try await withIndex(clock: clock.clock) { index async throws in
            let log = try name("a"), hour = Duration.seconds(3_600)
            try await append([try event(1)], to: log, index, ttl: hour)
            clock.advance(by: .seconds(3_000))
            let readAt = clock.now
            try await index.write { try $0.putOff([log: readAt, try name("nothing"): readAt]) }
            #expect(try await index.read { try $0.entry(log)?.expiresAt } == readAt + hour)
            #expect(try await index.read { try $0.entry(try name("nothing")) } == nil)
            clock.advance(by: hour)
            let late = clock.now
            try await index.write { try $0.putOff([log: late]) }
            #expect(try await index.read { try $0.entry(log)?.expiresAt } == readAt + hour, "it is over")
        }
    }

    @Test("take one of two conditional appends, and metadata is no event")
    func conditions() async throws {
        try await withIndex(clock: clock.clock) { index async throws in
            let log = try name("a"), shape = try shape()
            let title = try Metadata(json: Array(#"{"title":"T"}"#.utf8), maxDepth: 10)
            let entry = try await index.write {
                try $0.setMetadata(of: log, shape, conditions: .none) { old in
                    #expect(old.isEmpty)
                    return title
                }
            }
            #expect(entry.size == 2 && entry.metadata == title)
            #expect(try await listed(index) == ["a"])
            #expect(try await append([try event(1)], to: log, index, conditions: .onlyIfNew).first == 1)
            let second = await #expect(throws: LarderError.self) {
                try await append([try event(2)], to: log, index, conditions: .onlyIfNew)
            }
            #expect(second?.code == .preconditionFailed)
            let tag = try #require(try await index.read { try $0.entry(log)?.etag })
            let match = Preconditions(ifMatch: .tags([tag]))
            let appended = try await append([try event(3)], to: log, index, conditions: match)
            #expect(appended.first == 2 && appended.etag != tag)
            let late = await #expect(throws: LarderError.self) {
                try await append([try event(4)], to: log, index, conditions: match)
            }
            #expect(late?.code == .preconditionFailed)
            #expect(try await index.read { try $0.entry(log)?.metadata } == title, "appends leave it")
        }
    }

    @Test("are listed newest first or by key, in pages, of any prefix", arguments: [10, 1_200])
    func lists(count: Int) async throws {
        try await withIndex(clock: clock.clock) { index async throws in
            let shape = try shape()
            try await index.write { transaction in
                for number in 0..<count {
                    let event = try event(number, at: Int64(number) * 1_000)
                    let log = try name("u\(number % 2)/c\(number)")
                    _ = try transaction.append([event], to: log, LogBounds(maxEvents: nil), shape)
                }
            }
            let now = clock.now
            func pages(_ prefix: String, _ order: LogListQuery.Order) async throws -> [String] {
                var found: [String] = []
                var order = order
                while true {
                    let query = LogListQuery(prefix: Array(prefix.utf8), order: order, limit: 7)
                    let page = try await index.read {
                        try $0.logs(of: StoreName("chats"), in: .default, query, now: now)
                    }
                    found += page.logs.map(\.head.key.text)
                    guard let next = page.next else { return found }
                    switch order {
                    case .newest: order = .newest(before: (next.updatedAt, next.key.bytes))
                    case .key: order = .key(after: next.key.bytes)
                    }
                }
            }
            let own = (0..<count).filter { $0 % 2 == 1 }.map { "u1/c\($0)" }
            #expect(try await pages("u1/", .newest(before: nil)) == own.reversed())
            #expect(
                try await pages("u1/", .key(after: nil))
                    == own.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) })
            #expect(try await pages("", .newest(before: nil)).count == count)
            #expect(try await pages("u2", .newest(before: nil)).isEmpty)
        }
    }

    @Test("leave their events to be collected when they go, out of everybody's sight")
    func remains() async throws {
        try await withIndex(clock: clock.clock) { index async throws in
            let log = try name("a")
            try await append((1...5_000).map { try event($0) }, to: log, index)
            #expect(try await index.write { try $0.delete(log) })
            let before = try await index.read { try $0.positions().given }
            try await append([try event(1)], to: log, index)
            #expect(try await page(log, index, LogQuery(.after(0), limit: 10)).numbers == [5_001])
            // Until transactions of other tests on the same server are over that were under way.
            var seen: StoreEvents
            repeat {
                seen = try await index.read {
                    try $0.events(of: StoreName("chats"), in: .default, after: before, byteLimit: .max)
                }
            } while seen.events.isEmpty && !seen.positions.areSettled
            #expect(seen.events.map(\.event.sequence) == [5_001])
            #expect(try await index.read { try $0.logExtent(log, after: 0).count } == 1)
            var steps = 0
            while try await index.write({ try $0.removeLogRemains(limit: 1_000) }) > 0 { steps += 1 }
            #expect(steps == 6, "five of rows, and one that finds none")
            let rows = try await index.read {
                try $0.db.one("SELECT COUNT(*) FROM log_events") { _ in
                } _: {
                    $0.int(0)
                }
            }
            #expect(rows == 1)
        }
    }

    @Test(
        "are read by the order of an index, from wherever they begin",
        arguments: [IndexReader.logPageForwardSQL, IndexReader.logPageBackwardSQL])
    func plan(statement: String) async throws {
        try await withIndex { index async throws in
            let engine = Engines.current
            let steps = try await index.sql { session in
                var steps: [String] = []
                try session.each(engine.explained(statement)) { _ in
                } _: { row in
                    steps.append(row.string(engine.explanationColumn))
                    return true
                }
                return steps
            }
            #expect(!steps.isEmpty)
            for step in steps { #expect(engine.isOrdered(step), "\(steps)") }
        }
    }
}
