import BlobStore
import BlobStoreTestSupport
import Foundation
import LarderModel
import LarderTestSupport
import NIOCore
import Testing

@testable import Index
@testable import Logs

@Suite("A log")
struct LogServiceTests {
    @Test("keeps each event as it was sent, on one line, and counts from 1")
    func verbatim() async throws {
        try await withLogs { logs, clock async throws in
            let name = try run()
            let odd = #"{"b":1.50,"a":"é \u0041\n","z":{"x":[1e3,-0]},"b":2}"#
            #expect(try await logs.append(odd, to: name) == AppendResult(first: 1, last: 1, count: 1))
            #expect(
                try await logs.append("[{\"n\":\r\n 1},\n{ }\t]", to: name) == AppendResult(first: 2, last: 3, count: 2)
            )
            #expect(try await logs.array(name) == "[\(odd),{\"n\": 1},{ }]")
            let log = try #require(try await logs.read(name))
            #expect(log.events.map(\.sequence) == [1, 2, 3])
            #expect(log.events.allSatisfy { $0.receivedAt == clock.now })
            #expect(log.events.map(\.position) == log.events.map(\.position).sorted())
        }
    }

    @Test(
        "takes objects only, each within the limit, or nothing of the request",
        arguments: [
            ("7", LarderError.Code.notJSON), (#""x""#, .notJSON), ("null", .notJSON), (#"[{"a":1},2]"#, .notJSON),
            (#"[[{}]]"#, .notJSON),
            ("", .notJSON),
            (#"{"a":1"#, .notJSON), (#"{"a":1} {"b":2}"#, .notJSON),
            (#"[{"a":1},{"long":"0123456789012345678901234567890123456789"}]"#, .entryTooLarge),
        ])
    func refused(body: String, code: LarderError.Code) async throws {
        try await withLogs(maxSize: 40) { logs, _ async throws in
            let name = try run()
            try await logs.append(#"{"kept":true}"#, to: name)
            let error = await #expect(throws: LarderError.self) { try await logs.append(body, to: name) }
            #expect(error?.code == code)
            if code == .entryTooLarge { #expect(error?.message.contains("Event 2 has") == true) }
            let merge = await #expect(throws: LarderError.self) { try await logs.merge(body, into: name) }
            #expect(merge?.code == code)
            #expect(try await logs.array(name) == #"[{"kept":true}]"#)
        }
    }

    @Test("takes an event of exactly the limit")
    func limit() async throws {
        try await withLogs(maxSize: 40) { logs, _ async throws in
            let event = #"{"text":"012345678901234567890123456789"}"#
            #expect(event.utf8.count == 41)
            await #expect(throws: LarderError.self) { try await logs.append(event, to: run()) }
            try await logs.append(event.replacing("0", with: "", maxReplacements: 1), to: run())
        }
    }

    @Test("is only where the policy says so")
    func rule() async throws {
        try await withLogs { logs, _ async throws in
            let other = EntryName(
                site: .default, store: try StoreName("progress"), key: try EntryKey("projects/p/notes.json"))
            #expect(logs.rule(other) == nil)
            #expect(logs.rule(try run(store: "acme-progress")) != nil)
            let error = await #expect(throws: LarderError.self) { try await logs.append("{}", to: other) }
            #expect(error?.code == .notALog)
        }
    }

    @Test(
        "gives what is behind an event, and the newest ones",
        arguments: [
            (Int64(0), Int?.none, [3, 4, 5]), (4, nil, [5]), (5, nil, []), (99, nil, []), (0, 2, [4, 5]), (0, 0, []),
            (4, 2, [5]), (1, 9, [3, 4, 5]),
        ])
    func reading(after: Int64, tail: Int?, expected: [Int64]) async throws {
        try await withLogs(cap: 3) { logs, _ async throws in
            try await logs.append("[" + (1...5).map { #"{"n":\#($0)}"# }.joined(separator: ",") + "]", to: run())
            #expect(try await logs.sequences(run(), after: after, tail: tail) == expected)
        }
    }

    @Test("is nothing until its first event, and after it is deleted; its numbers go on, also over a restart")
    func deleted() async throws {
        try await Home.with { home async throws in
            let name = try run()
            try await home.open { logs, store async throws in
                #expect(try await logs.read(name) == nil)
                #expect(try await logs.content(name) == nil)
                try await logs.append(#"[{"n":1},{"n":2}]"#, to: name)
                #expect(try await store.delete(name))
                #expect(try await logs.read(name) == nil)
                #expect(try await logs.content(name) == nil)
                #expect(try await store.list(name.store, in: name.site, ListQuery()).entries.isEmpty)
                #expect(try await store.summary(of: name.store, in: name.site)?.bytes == 0)
                #expect(try await !store.delete(name))
                #expect(
                    try await logs.runs(of: name.store, in: name.site, prefix: [], state: nil, before: nil, limit: 10)
                        .runs.isEmpty)
            }
            try await home.open { logs, store async throws in
                #expect(try await logs.append(#"{"n":3}"#, to: name) == AppendResult(first: 3, last: 3, count: 1))
                let head = try #require(try await logs.read(name)?.head)
                #expect(head.first == 3 && head.count == 1 && head.dropped == 0)
                // What was deleted is no part of the log any more: an array with it is new.
                try await logs.merge(#"[{"n":3},{"n":1}]"#, into: name)
                #expect(try await logs.array(name) == #"[{"n":3},{"n":1}]"#)
                _ = try await store.deletePrefix([], of: name.store, in: name.site)
                try await logs.append("{}", to: name)
                #expect(try await logs.sequences(name) == [5])
            }
        }
    }

    @Test(
        "keeps its newest events and its books in order under random appends, merges, deletions and restarts",
        arguments: [1, 3, 200], 1...6)
    func model(cap: Int, seed: UInt64) async throws {
        var random = Seeded(seed)
        var kept: [String] = [], last: Int64 = 0, dropped: Int64 = 0, removedByCap: Int64 = 0, counter = 0
        var chain: Set<ETag> = []
        try await Home.with { home async throws in
            let name = try run()
            for _ in 0..<3 {
                try await home.open(cap: cap) { logs, store async throws in
                    for _ in 0..<40 {
                        let before = try await store.entry(name)
                        let events = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                            counter += 1
                            return #"{"n":\#(counter),"pad":"\#(String(repeating: "x", count: counter % 50))"}"#
                        }
                        let oldKept = kept
                        switch Int.random(in: 0..<10, using: &random) {
                        case 0:
                            #expect(try await store.delete(name) == !kept.isEmpty)
                            (kept, dropped) = ([], 0)
                        case 1..<4:
                            try await logs.merge("[" + (kept + events).joined(separator: ",") + "]", into: name)
                            kept += events
                            last += Int64(events.count)
                        case 4:
                            // A shorter array, a stale one, the same one: nothing is added, nothing goes.
                            try await logs.merge(
                                "[" + kept.prefix(Int.random(in: 0...kept.count, using: &random)).joined(separator: ",")
                                    + "]", into: name)
                        default:
                            let result = try await logs.append(
                                events.count == 1 ? events[0] : "[" + events.joined(separator: ",") + "]", to: name)
                            #expect(
                                result
                                    == AppendResult(
                                        first: last + 1, last: last + Int64(events.count), count: events.count))
                            kept += events
                            last += Int64(events.count)
                        }
                        let excess = max(0, kept.count - cap)
                        kept.removeFirst(excess)
                        dropped += Int64(excess)
                        removedByCap += Int64(excess)

                        let summary = try await store.summary(of: name.store, in: name.site)
                        #expect(summary?.removed.cap ?? 0 == removedByCap)
                        #expect(summary?.entries ?? 0 == (kept.isEmpty ? 0 : 1))
                        guard !kept.isEmpty else {
                            #expect(try await logs.read(name) == nil)
                            continue
                        }
                        let log = try #require(try await logs.read(name))
                        #expect(log.head.last == last)
                        #expect(log.head.count == kept.count)
                        #expect(log.head.first == last - Int64(kept.count) + 1)
                        #expect(log.head.dropped == dropped)
                        #expect(log.events.map(\.json.text) == kept)
                        #expect(log.events.map(\.sequence) == Array(log.head.first...log.head.last))
                        let array = "[" + kept.joined(separator: ",") + "]"
                        #expect(try await logs.array(name) == array)
                        let entry = try #require(try await store.entry(name))
                        #expect(entry.size == Int64(array.utf8.count))
                        #expect(summary?.bytes == entry.size)
                        #expect(entry.placement == .log && entry.contentType == MediaType.json)
                        // The ETag changes with the array, and only then.
                        if oldKept == kept {
                            #expect(entry.etag == before?.etag)
                        } else {
                            #expect(chain.insert(entry.etag).inserted)
                        }
                        #expect(try await logs.content(name)?.entry == entry)
                    }
                }
            }
        }
    }

    @Test("changes its ETag with its metadata too, and keeps metadata when events are appended")
    func metadata() async throws {
        try await withLogs { logs, _ async throws in
            let name = try run()
            let one = try Metadata(json: #"{"m":1}"#.bytes), two = try Metadata(json: #"{"m":2}"#.bytes)
            let first = try await logs.merge(#"[{"n":1}]"#, into: name, metadata: one)
            #expect(first.isNew)
            #expect(first.entry.metadata == one)
            try await logs.append(#"{"n":2}"#, to: name)
            let appended = try #require(try await logs.content(name)?.entry)
            #expect(appended.metadata == one)
            #expect(appended.etag != first.entry.etag)
            let changed = try await logs.merge(#"[{"n":1},{"n":2}]"#, into: name, metadata: two).entry
            #expect(changed.metadata == two)
            #expect(changed.etag != appended.etag)
        }
    }

    @Test("takes new metadata with an array that it has seen before")
    func metadataOfKnownArray() async throws {
        try await withLogs { logs, _ async throws in
            let name = try run()
            let one = try Metadata(json: #"{"m":1}"#.bytes), two = try Metadata(json: #"{"m":2}"#.bytes)
            let first = try await logs.merge(#"[{"n":1}]"#, into: name, metadata: one).entry
            #expect(try await logs.merge(#"[{"n":1}]"#, into: name, metadata: one).entry.etag == first.etag)
            let second = try await logs.merge(#"[{"n":1}]"#, into: name, metadata: two).entry
            #expect(second.metadata == two)
            #expect(second.etag != first.etag)
            #expect(try await logs.array(name) == #"[{"n":1}]"#)
        }
    }

    @Test("decides conditions on the array as it stands")
    func conditions() async throws {
        try await withLogs { logs, _ async throws in
            let name = try run()
            let first = try await logs.merge(#"[{"n":1}]"#, into: name, conditions: .onlyIfNew).entry
            for conditions in [Preconditions.onlyIfNew, Preconditions(ifMatch: .tags([]))] {
                let error = await #expect(throws: LarderError.self) {
                    try await logs.merge(#"[{"n":1},{"n":2}]"#, into: name, conditions: conditions)
                }
                #expect(error?.code == .preconditionFailed)
            }
            let matching = Preconditions(ifMatch: .tags([first.etag]))
            try await logs.merge(#"[{"n":1},{"n":2}]"#, into: name, conditions: matching)
            await #expect(throws: LarderError.self) {
                try await logs.merge(#"[{"n":1},{"n":3}]"#, into: name, conditions: matching)
            }
            #expect(try await logs.array(name) == #"[{"n":1},{"n":2}]"#)
        }
    }

    @Test("answers an empty array over nothing with an empty array, and does not list it")
    func emptyArray() async throws {
        try await withLogs { logs, _ async throws in
            let result = try await logs.merge("[]", into: run())
            #expect(result.entry.size == 2)
            #expect(try await logs.content(run()) == nil)
            try await logs.append("{}", to: run())
            try await logs.merge("[]", into: run())
            #expect(try await logs.array(run()) == "[{}]")
        }
    }

    @Test("takes racing appends of many without a gap")
    func racing() async throws {
        try await withLogs(cap: 1_000) { logs, _ async throws in
            let name = try run()
            try await withThrowingTaskGroup { group in
                for writer in 0..<20 {
                    group.addTask {
                        for n in 0..<20 {
                            let result = try await logs.append(
                                #"[{"w":\#(writer),"n":\#(n)},{"w":\#(writer),"n":-1}]"#, to: name)
                            #expect(result.last == result.first + 1)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await logs.sequences(name) == (1...800).map { $0 })
        }
    }
}

@Suite("An idempotency key")
struct IdempotencyTests {
    @Test("appends once, and answers again what it answered first, on its own log only")
    func once() async throws {
        try await Home.with { home async throws in
            let name = try run()
            try await home.open { logs, _ async throws in
                try await logs.append("{}", to: name)
                let first = try await logs.append(#"[{"n":1},{"n":2}]"#, to: name, key: "k")
                #expect(first == AppendResult(first: 2, last: 3, count: 2))
                try await logs.append("{}", to: name)
                #expect(try await logs.append(#"[{"n":1},{"n":2}]"#, to: name, key: "k") == first)
                #expect(try await logs.append("{}", to: name, key: "K").first == 5)
                #expect(try await logs.append("{}", to: run("other"), key: "k").first == 1)
            }
            try await home.open { logs, _ async throws in
                #expect(try await logs.append(#"[{"n":1},{"n":2}]"#, to: name, key: "k").last == 3)
                #expect(try await logs.read(name)?.head.last == 5)
            }
        }
    }

    @Test(
        "that comes with another body is refused, and goes on standing for the first", arguments: [#"{"n":2}"#, "[]"])
    func mismatch(other: String) async throws {
        try await withLogs { logs, clock async throws in
            let first = try await logs.append("{}", to: run(), key: "k")
            let error = await #expect(throws: LarderError.self) { try await logs.append(other, to: run(), key: "k") }
            #expect(error?.code == .idempotencyMismatch)
            #expect(try await logs.append("{}", to: run(), key: "k") == first)
            #expect(try await logs.read(run())?.head.last == 1)
            clock.advance(by: .seconds(24 * 3_600))
            #expect(try await logs.append(#"{"n":3}"#, to: run(), key: "k").last == 2)
        }
    }

    @Test("lets many at once append once")
    func racing() async throws {
        try await withLogs { logs, _ async throws in
            let name = try run()
            let results = try await withThrowingTaskGroup { group in
                for _ in 0..<30 { group.addTask { try await logs.append("{}", to: name, key: "k") } }
                return try await group.reduce(into: Set<AppendResult>()) { $0.insert($1) }
            }
            #expect(results == [AppendResult(first: 1, last: 1, count: 1)])
            #expect(try await logs.read(name)?.head.last == 1)
        }
    }

    @Test("is good for 24 hours, to the millisecond")
    func lifetime() async throws {
        try await withLogs { logs, clock async throws in
            let name = try run()
            try await logs.append("{}", to: name, key: "k")
            clock.advance(by: .seconds(24 * 3_600) - .milliseconds(1))
            #expect(try await logs.append("{}", to: name, key: "k").last == 1)
            clock.advance(by: .milliseconds(1))
            #expect(try await logs.append("{}", to: name, key: "k").last == 2)
            #expect(try await logs.append("{}", to: name, key: "k").last == 2)
        }
    }

    @Test("goes with the log's events")
    func deleted() async throws {
        try await Home.with { home async throws in
            try await home.open { logs, store async throws in
                for _ in 0..<2 { try await logs.append("{}", to: run(), key: "k") }
                #expect(try await store.delete(run()))
                // Also with another body: nobody knows of the first any more.
                #expect(try await logs.append(#"{"n":1}"#, to: run(), key: "k").first == 2)
                #expect(try await logs.append(#"{"n":1}"#, to: run(), key: "k").last == 2)
            }
        }
    }

    @Test("has 1 to 200 bytes", arguments: [0, 1, 200, 201])
    func size(count: Int) async throws {
        try await withLogs { logs, _ async throws in
            let key = String(repeating: "k", count: count)
            let result: Result<AppendResult, any Error>
            do { result = .success(try await logs.append("{}", to: run(), key: key)) } catch {
                result = .failure(error)
            }
            if (1...200).contains(count) {
                #expect(try result.get().last == 1)
            } else {
                let error = #expect(throws: LarderError.self) { try result.get() }
                #expect(error?.code == .malformedRequest)
            }
        }
    }

    @Test("is kept with as many others as the bound says, the latest ones", arguments: [#"{"n":1}"#, "[]"])
    func bounded(body: String) async throws {
        try await Home.with { home async throws in
            try await home.open { logs, store async throws in
                try await logs.append("{}", to: run())
                let name = try run(), rule = try #require(logs.rule(name))
                let events = try EventParser(rule, maxDepth: store.jsonDepth).objectOrArray(body.bytes)
                let bounds = LogBounds(maxEvents: 200, replies: 10)
                func append(_ key: String) async throws -> AppendResult {
                    try await store.change { transaction in
                        var result = try transaction.append(
                            events, to: name, bounds, LogService.shape(rule),
                            idempotencyKey: IdempotencyKey(key.bytes, body: []))
                        result.etag = nil
                        return result
                    }
                }
                var answers: [AppendResult] = []
                for n in 0..<25 { answers.append(try await append("k\(n)")) }
                for n in 15..<25 { #expect(try await append("k\(n)") == answers[n]) }
                let count = try await store.look {
                    try $0.db.one("SELECT COUNT(*) FROM log_replies") { $0.int(0) }
                }
                #expect(count == 10)
                // One that is out of the bound is new again, and the oldest of the others goes for it.
                #expect(try await append("k14").first == answers[24].last + 1)
            }
        }
    }
}
