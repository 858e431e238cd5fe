import BlobStore
import BlobStoreTestSupport
import Index
import LarderModel
import LarderTestSupport
import NIOCore
import Testing

@testable import Logs

@Suite("Logs of any store")
struct StoreLogTests {
    private func open<R>(
        _ home: Home, heldMax: Int64 = LogService.heldMaxDefault, _ body: (LogService, BlobStore) async throws -> R
    ) async throws -> R {
        let day = Duration.seconds(86_400)
        let history = Policy.LogRule(maxEvents: 1_000, states: .none)
        let rules = [
            Policy.Rule(
                keys: try Glob("*/*/history"), maxSize: ByteCount(64_000), ttl: day, slide: .read, log: history),
            Policy.Rule(keys: try Glob("*/*"), maxSize: ByteCount(256_000), ttl: day, slide: .read),
            Policy.Rule(
                keys: try Glob("*"), maxSize: ByteCount(64_000), log: Policy.LogRule(maxEvents: nil, states: .none)),
        ]
        let policies = try PolicyBook([Policy(name: "sessions", matches: [try Glob("sessions")], rules: rules)])
        return try await home.open(policies: policies) { store in
            try await body(LogService(blobs: store, heldMax: heldMax), store)
        }
    }

    private func name(_ key: String) throws -> EntryName {
        EntryName(site: .default, store: try StoreName("sessions"), key: try EntryKey(key))
    }

    private func sequences(_ logs: LogService, _ name: EntryName) async throws -> [Int64]? {
        try await logs.page(name, LogQuery(.after(0), limit: 10_000))?.page.events.map(\.sequence)
    }

    @Test("know when an event happened and who spoke, from what it says")
    func fields() async throws {
        try await Home.with { home async throws in
            try await open(home) { logs, _ async throws in
                let log = try name("a")
                let events = [
                    #"{"role":"user","content":"hi","timestamp":1700000000}"#,
                    #"{"role":"assistant","at":"2026-05-10T08:12:47+02:00"}"#,
                    #"{"timestamp":"yesterday","created_at":1778393567250}"#, #"{"at":null,"role":null}"#, "{}",
                ]
                try await logs.append("[" + events.joined(separator: ",") + "]", to: log)
                let page = try #require(try await logs.page(log, LogQuery(.after(0), limit: 10)))
                let now = home.clock.now.milliseconds
                #expect(
                    page.page.events.map(\.at.milliseconds)
                        == [1_700_000_000_000, 1_778_393_567_000, 1_778_393_567_250, now, now])
                #expect(page.page.events.map { String(decoding: $0.json, as: UTF8.self) } == events)
                let users = try await logs.page(log, LogQuery(.before(nil), limit: 10, roles: [Array("user".utf8)]))
                #expect(users?.page.events.map(\.sequence) == [1])
            }
        }
    }

    @Test(
        "refuse a role that is no text, and keep nothing of the request",
        arguments: [
            "{\"role\":1}", "{\"role\":{}}", "{\"role\":[\"user\"]}",
            "{\"role\":\"\(String(repeating: "x", count: 201))\"}",
        ])
    func roles(event: String) async throws {
        try await Home.with { home async throws in
            try await open(home) { logs, _ async throws in
                let log = try name("a")
                let error = await #expect(throws: LarderError.self) { try await logs.append("[{},\(event)]", to: log) }
                #expect(error?.code == .invalidDocument && error?.message.contains("Event 2") == true)
                #expect(try await logs.page(log, LogQuery(.after(0), limit: 1)) == nil)
            }
        }
    }

    @Test("take lines of JSON, all or none, or leave bad ones out where that is asked for")
    func lines() async throws {
        try await Home.with { home async throws in
            try await open(home) { logs, _ async throws in
                let log = try name("a")
                let bad = "{\"n\":1}\r\n\n{\"n\":\n {\"n\":2} \n[3]\n{\"role\":4}\n"
                let error = await #expect(throws: LarderError.self) {
                    _ = try await logs.appendLines(bad.bytes, to: log, AppendWish(), isPartial: false)
                }
                #expect(error?.code == .notJSON && error?.message.hasPrefix("Line 3: ") == true)
                #expect(try await sequences(logs, log) == nil)
                let (result, refused) = try await logs.appendLines(bad.bytes, to: log, AppendWish(), isPartial: true)
                #expect(result.count == 2 && refused.map(\.line) == [3, 5, 6])
                #expect(refused.map(\.error.code) == [.notJSON, .notJSON, .invalidDocument])
                let whole = try await logs.appendLines("{}\n{}".bytes, to: log, AppendWish(), isPartial: false)
                #expect(whole.result.first == 3 && whole.result.last == 4 && whole.refused.isEmpty)
            }
        }
    }

    @Test("of another key are none")
    func notALog() async throws {
        try await Home.with { home async throws in
            try await open(home) { logs, _ async throws in
                let entry = try name("u/s")
                for attempt in [
                    { _ = try await logs.append("{}", to: entry) },
                    { _ = try await logs.page(entry, LogQuery(.after(0), limit: 1)) },
                    { _ = try await logs.forget(.before(1), of: entry) },
                    { _ = try await logs.update(entry, metadata: "{}".bytes, conditions: .none) },
                ] as [() async throws -> Void] {
                    let error = await #expect(throws: LarderError.self) { try await attempt() }
                    #expect(error?.code == .notALog)
                }
            }
        }
    }

    @Test("have metadata without events, merged by patches and kept by appends and whole-array writes without any")
    func metadata() async throws {
        try await Home.with { home async throws in
            try await open(home) { logs, store async throws in
                let log = try name("a")
                func update(_ patch: String) async throws -> String {
                    let entry = try await logs.update(log, metadata: patch.bytes, conditions: .none)
                    return String(decoding: entry.metadata.object, as: UTF8.self)
                }
                #expect(try await update(#"{"title":"T","tags":{"a":1}}"#) == #"{"title":"T","tags":{"a":1}}"#)
                #expect(try await update(#"{"tags":{"a":null,"b":2}}"#) == #"{"title":"T","tags":{"b":2}}"#)
                #expect(try await logs.content(log)?.plainBytes().map { String(buffer: $0) } == "[]")
                try await logs.append("{}", to: log)
                _ = try await logs.merge("[{},{}]".bytes, into: log, metadata: nil, conditions: .none)
                let found = try #require(try await logs.page(log, LogQuery(.after(0), limit: 10)))
                #expect(found.head.count == 2)
                #expect(found.entry.metadata.object == #"{"title":"T","tags":{"b":2}}"#.bytes)
                let long = "{\"x\":\"\(String(repeating: "y", count: 15_000))\"}"
                #expect(try await update(long).count > 15_000)
                for bad in ["[]", "{", "{\"z\":\"\(String(repeating: "y", count: 2_000))\"}"] {
                    await #expect(throws: LarderError.self) { _ = try await update(bad) }
                }
                #expect(try await store.delete(log))
                #expect(try await logs.page(log, LogQuery(.after(0), limit: 10)) == nil)
            }
        }
    }

    @Test(
        "end so long after their last write or read, a read counts once a minute, and then they are gone for everybody")
    func sliding() async throws {
        try await Home.with { home async throws in
            try await open(home) { logs, store async throws in
                let log = try name("u/s/history"), entry = try name("u/s")
                try await logs.append("{}", to: log)
                _ = try await store.rewrite(entry) { _ in "{}".bytes }
                func end(_ name: EntryName) async throws -> Timestamp? { try await store.entry(name)?.expiresAt }
                let first = home.clock.now + .seconds(86_400)
                #expect(try await end(log) == first)
                #expect(try await end(entry) == first)
                home.clock.advance(by: .seconds(59))
                _ = try await logs.page(log, LogQuery(.before(nil), limit: 1))
                try await store.savePutOff()
                #expect(try await end(log) == first, "within a minute")
                home.clock.advance(by: .seconds(3_600))
                _ = try await logs.page(log, LogQuery(.before(nil), limit: 1))
                store.wasRead(entry, try #require(try await store.entry(entry)))
                #expect(try await end(log) == first, "not written down yet")
                try await store.savePutOff()
                let second = home.clock.now + .seconds(86_400)
                #expect(try await end(log) == second)
                #expect(try await end(entry) == second)
                home.clock.advance(by: .seconds(86_400))
                #expect(try await logs.page(log, LogQuery(.before(nil), limit: 1)) == nil)
                #expect(try await logs.content(log) == nil)
                #expect(try await logs.read(log) == nil)
                #expect(try await logs.forget(.before(5), of: log) == nil)
                #expect(try await store.entry(entry) == nil)
                let query = LogListQuery(prefix: [], order: .newest(before: nil), limit: 10)
                #expect(try await logs.logs(of: entry.store, in: .default, query).logs.isEmpty)
                #expect(try await store.list(entry.store, in: .default, ListQuery(limit: 10)).entries.isEmpty)
                try await store.savePutOff()
                #expect(try await logs.append("{}", to: log).first == 2, "numbers go on")
                #expect(try await sequences(logs, log) == [2])
                let patched = try await store.patch(entry, #"{"a":1}"#.bytes, conditions: .none)
                #expect(patched.isNew && patched.entry.size == 7)
            }
        }
    }

    @Test("a write's own end goes before the rule's, and later changes keep to it")
    func ownEnd() async throws {
        try await Home.with { home async throws in
            try await open(home) { logs, store async throws in
                let log = try name("a"), hour = Duration.seconds(3_600)
                _ = try await logs.append("{}".bytes, to: log, AppendWish(expiry: .after(hour)))
                let end = home.clock.now + hour
                home.clock.advance(by: .seconds(60))
                try await logs.append("{}", to: log)
                #expect(try await store.entry(log)?.expiresAt == end, "its rule says nothing of an end")
                let history = try name("u/s/history")
                _ = try await logs.append("{}".bytes, to: history, AppendWish(expiry: .after(hour)))
                #expect(try await store.entry(history)?.expiresAt == home.clock.now + hour)
                try await logs.append("{}", to: history)
                #expect(try await store.entry(history)?.expiresAt == home.clock.now + .seconds(86_400))
            }
        }
    }

    @Test("a hundred writers append a hundred events each: no gap, and each one's own order")
    func writers() async throws {
        try await Home.with { home async throws in
            try await open(home) { logs, _ async throws in
                let log = try name("a")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for writer in 0..<100 {
                        group.addTask {
                            for n in 0..<100 {
                                _ = try await logs.append("{\"w\":\(writer),\"n\":\(n)}".bytes, to: log)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let page = try #require(try await logs.page(log, LogQuery(.after(0), limit: 10_000)))
                #expect(page.page.events.map(\.sequence) == Array(1...10_000))
                var next = [Int: Int]()
                for event in page.page.events {
                    let numbers = event.json.split { !(48...57).contains($0) }
                        .compactMap { Int(String(decoding: $0, as: UTF8.self)) }
                    #expect(next[numbers[0], default: 0] == numbers[1])
                    next[numbers[0]] = numbers[1] + 1
                }
                #expect(next.count == 100)
                #expect(Set(page.page.events.suffix(12).map(\.sequence)) == Set(9_989...10_000))
            }
        }
    }

    @Test("that were forgotten in part are not brought back by clients that had read them")
    func forgottenStays() async throws {
        try await Home.with { home async throws in
            try await open(home) { logs, _ async throws in
                let log = try name("a")
                try await logs.append(#"[{"n":1},{"n":2},{"n":3}]"#, to: log)
                #expect(try await logs.forget(.sequences([2]), of: log) == 1)
                // One that had read all, and one that read since.
                _ = try await logs.merge(
                    #"[{"n":1},{"n":2},{"n":3},{"n":4}]"#.bytes, into: log, metadata: nil, conditions: .none)
                #expect(try await sequences(logs, log) == [1, 3, 4])
                _ = try await logs.merge(
                    #"[{"n":1},{"n":3},{"n":4},{"n":5}]"#.bytes, into: log, metadata: nil, conditions: .none)
                #expect(try await sequences(logs, log) == [1, 3, 4, 5])
                let text = try await logs.content(log)?.plainBytes().map { String(buffer: $0) }
                #expect(text == #"[{"n":1},{"n":3},{"n":4},{"n":5}]"#)
            }
        }
    }

    @Test("a long array is read a page at a time, whole and in ranges, and not taken for whole when events go")
    func longArray() async throws {
        try await Home.with { home async throws in
            try await open(home, heldMax: 400_000) { logs, _ async throws in
                let log = try name("a")
                let event = "{\"x\":\"\(String(repeating: "y", count: 60_000))\"}"
                let some = "[" + Array(repeating: event, count: 12).joined(separator: ",") + "]"
                try await logs.append(some, to: log)
                let content = try #require(try await logs.content(log))
                #expect(content.entry.size > logs.heldMax && content.storedBytes == nil)
                let whole = try await content.collect(limit: .max)
                #expect(Int64(whole.count) == content.entry.size)
                #expect(whole.starts(with: "[\(event),".bytes) && whole.suffix(2).elementsEqual("}]".bytes))
                let range: Range<Int64> = 59_990..<200_003
                var pieces = try content.reader(.plain, range: range)
                var part: [UInt8] = []
                while let piece = try await pieces.next() { part += Array(piece.readableBytesView) }
                #expect(part == Array(whole[59_990..<200_003]))
                var cut = try content.reader(.plain)
                _ = try await cut.next()
                #expect(try await logs.forget(.sequences([11]), of: log) == 1)
                await #expect(throws: LarderError.self) { while try await cut.next() != nil {} }
            }
        }
    }

    @Test("are removed by whole segments of a path, and no entry beside them")
    func deletion() async throws {
        try await Home.with { home async throws in
            try await open(home) { logs, store async throws in
                for key in ["u/s/history", "u/s2/history", "u2/s/history", "u", "u2"] {
                    try await logs.append("{}", to: try name(key))
                }
                _ = try await store.rewrite(try name("u/s")) { _ in "{}".bytes }
                let sessions = try StoreName("sessions")
                #expect(try await logs.deleteLogs(below: "u/s".bytes, of: sessions, in: .default) == 1)
                #expect(try await logs.deleteLogs(below: "u".bytes, of: sessions, in: .default) == 2)
                #expect(try await logs.deleteLogs(below: "nobody".bytes, of: sessions, in: .default) == 0)
                let left = try await store.list(sessions, in: .default, ListQuery(limit: 10)).entries.map(\.key.text)
                #expect(left == ["u/s", "u2", "u2/s/history"])
                #expect(try await logs.deleteLogs(below: [], of: sessions, in: .default) == 2)
            }
        }
    }
}
