import LarderModel
import Testing

@testable import Index

@Suite("Events of many logs", .everyEngine)
struct StoreEventsTests {
    private let shape: IndexTransaction.LogShape

    init() throws {
        let etag = try #require(ETag([UInt8](repeating: 7, count: 32)))
        shape = IndexTransaction.LogShape(fold: { $1 }, etag: { _, _, _ in etag })
    }

    private func event(_ number: Int, padding: Int = 0) throws -> NewLogEvent {
        let json = Array(#"{"n":\#(number)\#(String(repeating: " ", count: padding))}"#.utf8)
        return NewLogEvent(
            json: json, fingerprint: try #require(Fingerprint(digest(of: json).bytes)), signal: RunSignal())
    }

    private func append(
        _ numbers: ClosedRange<Int>, to log: EntryName, _ index: EntryIndex, maxEvents: Int = 200, padding: Int = 0
    ) async throws {
        let events = try numbers.map { try event($0, padding: padding) }
        _ = try await index.write { [shape] transaction in
            try transaction.append(events, to: log, LogBounds(maxEvents: maxEvents), shape)
        }
    }

    /// What was read: `key:sequence` and where each stands, and how many pages it took.
    private struct Pages {
        var events: [String] = []
        var positions: [String: Int64] = [:]
        var pages = 0
        var reached: Int64
    }

    /// Pages from a position on until the last one. Other tests have transactions under way on the same server: what is
    /// there by now is waited for.
    private func read(
        _ index: EntryIndex, _ keys: [String]?, after position: Int64 = 0, byteLimit: Int = 1 << 20
    ) async throws -> Pages {
        let keys = try keys?.map { try EntryKey($0) }
        let store = try StoreName("runs")
        let given = try await index.read { try $0.positions().given }
        var all = Pages(reached: position)
        while true {
            let page = try await index.read { [reached = all.reached] reader in
                try keys.map {
                    try reader.events(of: $0, in: store, of: .default, after: reached, byteLimit: byteLimit)
                } ?? reader.events(of: store, in: .default, after: reached, byteLimit: byteLimit)
            }
            for (key, event) in page.events {
                all.events.append("\(key.text):\(event.sequence)")
                all.positions["\(key.text):\(event.sequence)"] = event.position
            }
            all.reached = page.reached
            guard page.isLast, page.reached < given, !page.positions.areSettled else {
                all.pages += 1
                if page.isLast { return all }
                continue
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test("come in the order of their commits, of all logs of the store or of the chosen ones, behind a position")
    func order() async throws {
        try await withIndex { index async throws in
            let (a, b, other) = (try name("a"), try name("b"), try name("a", store: "others"))
            try await append(1...2, to: a, index)
            try await append(1...1, to: b, index)
            try await append(1...3, to: other, index)
            try await append(3...3, to: a, index)
            try await append(2...2, to: b, index)
            let all = ["a:1", "a:2", "b:1", "a:3", "b:2"]
            #expect(try await read(index, nil).events == all)
            #expect(try await read(index, ["b", "a", "unknown"]).events == all)
            #expect(try await read(index, ["a"]).events == ["a:1", "a:2", "a:3"])
            #expect(try await read(index, []).events.isEmpty)
            let positions = try await read(index, nil).positions
            for (place, event) in all.enumerated() {
                let position = try #require(positions[event])
                let expected = Array(all.dropFirst(place + 1))
                #expect(try await read(index, nil, after: position).events == expected, "\(event)")
                #expect(try await read(index, ["a", "b"], after: position).events == expected, "\(event)")
            }
            #expect(try await read(index, nil, after: 0).events == all)
            #expect(try await read(index, nil, after: .max).events.isEmpty)
        }
    }

    @Test("are given in pages of bytes, each going on where the one before ended")
    func pages() async throws {
        try await withIndex { index async throws in
            for round in 0..<10 {
                for key in ["a", "b"] {
                    try await append(round + 1...round + 1, to: try name(key), index, padding: 100)
                }
            }
            let whole = try await read(index, nil)
            #expect(whole.events.count == 20 && whole.pages == 1)
            for keys in [nil, ["a", "b"]] {
                let pages = try await read(index, keys, byteLimit: 250)
                #expect(pages.events == whole.events && pages.pages >= 10)
                let singly = try await read(index, keys, byteLimit: 1)
                #expect(singly.events == whole.events, "one event fits into any page")
            }
        }
    }

    @Test("are those that are kept")
    func capped() async throws {
        try await withIndex { index async throws in
            let (a, b) = (try name("a"), try name("b"))
            for number in 1...30 {
                try await append(number...number, to: a, index, maxEvents: 5)
                try await append(number...number, to: b, index)
            }
            let kept = (26...30).map { "a:\($0)" }
            #expect(try await read(index, ["a"]).events == kept)
            let third = try #require(try await read(index, ["a"]).positions["a:28"])
            #expect(try await read(index, ["a"], after: third).events == Array(kept.suffix(2)))
            #expect(try await read(index, nil).events.filter { $0.hasPrefix("a") } == kept)
        }
    }

    @Test("of other stores are passed over in pages of bounded work, and the last page says where it ended")
    func bounded() async throws {
        try await withIndex { index async throws in
            let count = 2 * IndexReader.storeEventRows
            try await append(1...count, to: try name("x", store: "others"), index, maxEvents: count)
            try await append(1...1, to: try name("a"), index)
            let all = try await read(index, nil)
            #expect(all.events == ["a:1"] && all.pages == 3)
            #expect(try all.reached >= #require(all.positions["a:1"]))
            #expect(try await read(index, ["a"]).pages == 1)
        }
    }

    @Test(
        "are read in the order of an index, without sorting and without looking at all rows",
        arguments: [IndexReader.storeEventsSQL, IndexReader.logEventSQL])
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
