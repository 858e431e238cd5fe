import Index
import Foundation
import LarderModel
import LarderTestSupport
import NIOCore
import Testing

@testable import Logs

/// A client that reads the array, adds to it and writes it back, as the ones before Larder do.
private struct Client {
    struct Item: Hashable, Codable {
        var writer: Int
        var n: Int
    }
    let number: Int
    /// Cuts what it sends to its newest `cap` items.
    let cuts: Bool
    /// Writes JSON in its own way.
    let isPretty: Bool
    var read: [Item]?
    var count = 0
    var lastBody: String?

    func text(_ items: [Item]) -> String {
        let texts = items.map {
            isPretty ? "{ \"writer\" : \($0.writer),\n\"n\":\($0.n).0 }" : #"{"writer":\#($0.writer),"n":\#($0.n)}"#
        }
        return isPretty ? "[\n  " + texts.joined(separator: " ,\r\n") + "\n]" : "[" + texts.joined(separator: ",") + "]"
    }

    mutating func newItem() -> Item {
        count += 1
        return Item(writer: number, n: count)
    }
}

@Suite("Clients that read, add and write back")
struct MergePropertyTests {
    private static func items(_ text: String?) throws -> [Client.Item] {
        try text.map { try JSONDecoder().decode([Client.Item].self, from: Data($0.utf8)) } ?? []
    }

    @Test(
        "keep every event that any of them added, once and in its writer's order, in any interleaving",
        arguments: [1, 3, 200], 1...12)
    func interleaved(cap: Int, seed: UInt64) async throws {
        try await interleave(cap: cap, seed: seed, cutting: false)
    }

    @Test(
        "keep them also when some cut the array to its newest items before they send it", arguments: [1, 3, 8, 200],
        1...12)
    func cutting(cap: Int, seed: UInt64) async throws {
        try await interleave(cap: cap, seed: seed &+ 1_000, cutting: true)
    }

    private func interleave(cap: Int, seed: UInt64, cutting: Bool) async throws {
        var random = Seeded(seed)
        try await withLogs(cap: cap) { logs, _ async throws in
            let name = try run()
            let follower = Recorder(logs.hub)
            #expect(try await follower.join(.log(name)))
            var clients = (0..<4).map { Client(number: $0, cuts: cutting && $0 < 2, isPretty: $0 % 2 == 1) }
            var sent: [Client.Item] = []
            for _ in 0..<100 {
                let i = Int.random(in: clients.indices, using: &random)
                switch Int.random(in: 0..<10, using: &random) {
                case 0:  // appends as new clients do
                    let item = clients[i].newItem()
                    sent.append(item)
                    try await logs.append(#"{"writer":\#(item.writer),"n":\#(item.n)}"#, to: name)
                case 1:  // its last answer was lost: the same again
                    if let body = clients[i].lastBody { try await logs.merge(body, into: name) }
                default:
                    guard let read = clients[i].read else {
                        clients[i].read = try Self.items(try await logs.array(name))
                        continue
                    }
                    // One that cuts keeps at least half of what it has read, or nothing of it.
                    let most = clients[i].cuts ? max(1, cap / 2) : 3
                    let added = (0..<Int.random(in: 1...min(most, 3), using: &random)).map { _ in clients[i].newItem() }
                    let whole = read + added
                    sent += added
                    let body = clients[i].text(clients[i].cuts ? Array(whole.suffix(cap)) : whole)
                    try await logs.merge(body, into: name)
                    clients[i].lastBody = body
                    clients[i].read = nil
                }
            }
            let events = try await follower.events
            #expect(
                events.map(\.sequence) == (1...Int64(events.count)).map { $0 }, "followers see them all, without a gap")
            let log = try Self.items("[" + events.map(\.json.text).joined(separator: ",") + "]")
            #expect(Set(log) == Set(sent), "every event that was sent is there")
            #expect(
                log.count == sent.count, "once: \(Dictionary(grouping: log) { $0 }.filter { $0.value.count > 1 }.keys)")
            for client in clients {
                let own = log.filter { $0.writer == client.number }.map(\.n)
                #expect(own == own.sorted(), "in the order of writer \(client.number)")
            }
            // And the log keeps the newest of them.
            #expect(try Self.items(try await logs.array(name)) == Array(log.suffix(cap)))
            let head = try #require(try await logs.read(name)?.head)
            #expect(head.last == Int64(log.count))
            #expect(head.count == min(cap, log.count))
            #expect(head.dropped == Int64(log.count - head.count))
        }
    }

    @Test("keep every event when they really race", arguments: [3, 200])
    func racing(cap: Int) async throws {
        try await withLogs(cap: cap) { logs, _ async throws in
            let name = try run()
            let follower = Recorder(logs.hub)
            #expect(try await follower.join(.log(name)))
            try await withThrowingTaskGroup { group in
                for writer in 0..<8 {
                    group.addTask {
                        var client = Client(number: writer, cuts: false, isPretty: false)
                        for _ in 0..<20 {
                            let read = try Self.items(try await logs.array(name))
                            try await logs.merge(client.text(read + [client.newItem()]), into: name)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let log = try Self.items("[" + (try await follower.events).map(\.json.text).joined(separator: ",") + "]")
            #expect(log.count == 160)
            #expect(Set(log).count == 160)
            for writer in 0..<8 { #expect(log.filter { $0.writer == writer }.map(\.n) == Array(1...20)) }
        }
    }
}
