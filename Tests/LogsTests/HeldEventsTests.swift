import BlobStore
import Index
import LarderModel
import LarderTestSupport
import NIOCore
import Testing

@testable import Logs

@Suite("Events that are held for readers")
struct HeldEventsTests {
    /// About 10 KB each.
    private func events(_ numbers: ClosedRange<Int>) -> String {
        let filler = String(repeating: "x", count: 10_000)
        return "[" + numbers.map { #"{"n":\#($0),"m":"\#(filler)"}"# }.joined(separator: ",") + "]"
    }

    @Test("are one array for all who read the same ones, in whatever form")
    func shared() async throws {
        try await withLogs(cap: 20) { logs, _ async throws in
            let name = try run()
            try await logs.append(events(1...20), to: name)
            let size = try #require(try await logs.content(name)?.entry.size)
            #expect(size == Int64(events(1...20).utf8.count))
            #expect(logs.buffers.held == 0)
            do {
                let readers = try await withThrowingTaskGroup(of: LogService.Snapshot?.self) { group in
                    for number in 0..<40 {
                        group.addTask { try await logs.read(name, tail: number % 2 == 0 ? nil : 20) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                let first = try #require(readers.first??.held)
                #expect(readers.allSatisfy { $0?.held === first })
                #expect(try await logs.content(name)?.holding === first)
                #expect((Int(size)...(Int(size) + 2_000)).contains(logs.buffers.held))
                #expect(String(buffer: first.array) == events(1...20))
                // Others of them are others.
                let newer = try #require(try await logs.read(name, after: 5)?.held)
                #expect(newer !== first && newer.count == 15)
                #expect(logs.heldEvents.count == 2)
                // What is trimmed under a reader stays with it; who comes now gets what is kept now.
                try await logs.append(events(21...30), to: name)
                #expect(try await logs.array(name) == events(11...30))
                #expect(String(buffer: first.array) == events(1...20))
            }
            #expect(logs.buffers.held == 0)
            #expect(logs.heldEvents.count == 0)
        }
    }

    @Test("are refused where there is no room for them, but for a few")
    func room() async throws {
        try await withLogs(buffers: BufferBudget(ByteCount(150_000))) { logs, _ async throws in
            let names = try ["a", "b"].map { try run($0) }
            for name in names { try await logs.append(events(1...10), to: name) }
            do {
                let held = try await logs.read(names[0])
                #expect(held?.held.count == 10)
                for after in [0, 1] as [Int64] {
                    let error = await #expect(throws: LarderError.self) { try await logs.read(names[1], after: after) }
                    #expect(error?.code == .unavailable)
                    #expect(error?.limit == .buffered)
                }
                #expect(try await logs.read(names[1], tail: 1)?.held.count == 1)
                #expect(try await logs.read(names[1], tail: 0)?.head.count == 10)
                // The entry alone takes none.
                let entry = try await logs.content(names[1]) { _ in true }
                #expect(entry?.storedBytes == nil && entry?.entry.size == Int64(events(1...10).utf8.count))
                withExtendedLifetime(held) {}
            }
            #expect(try await logs.array(names[1]) == events(1...10))
        }
    }

    @Test(
        "have pages that end behind so many bytes, but hold one event at least", arguments: [1, 10_000, 35_000, .max])
    func pages(bytes: Int) async throws {
        try await withLogs { logs, _ async throws in
            try await logs.append(events(1...12), to: run())
            let held = try #require(try await logs.read(run())?.held)
            var ends: [Int] = []
            repeat {
                ends.append(held.endOfPage(from: ends.last ?? 0, bytes: min(bytes, 1 << 40)))
            } while ends.last != 12
            let pageCount = bytes < 20_000 ? 1 : bytes == .max ? 12 : 3
            #expect(ends == Array(stride(from: pageCount, through: 12, by: pageCount)))
            #expect((0..<12).map { Int64($0 + 1) } == (0..<12).map { held.event($0).sequence })
        }
    }
}
