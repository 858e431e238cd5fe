import Foundation
import LarderModel
import NIOCore
import Testing

@testable import Index

/// Several nodes on one index, each with a writer of its own. Only a shared engine can have them.
@Suite("Nodes on one index", .sharedEngine)
struct NodesTests {
    @Test("find one winner for each conditional write, wherever it arrives")
    func winners() async throws {
        try await withNodes(3) { nodes in
            for round in 0..<8 {
                let key = try name("first-\(round)")
                let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for worker in 0..<12 {
                        group.addTask {
                            try await nodes[worker % 3].puts(
                                key, "by \(worker)", Preconditions(ifNoneMatch: .any))
                        }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(winners == 1)
            }
        }
    }

    @Test("lose no increment of a counter that each reads and writes back")
    func counter() async throws {
        try await withNodes(2) { nodes in
            let key = try name("counter")
            #expect(try await nodes[0].puts(key, "0", .none))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<6 {
                    group.addTask {
                        let node = nodes[worker % 2]
                        for _ in 0..<10 {
                            while true {
                                guard let now = try await node.known(key), let content = now.content,
                                    let number = Int(String(buffer: content))
                                else { throw LarderError(.notFound, "the counter is gone") }
                                let condition = Preconditions(ifMatch: .tags([now.entry.etag]))
                                if try await node.puts(key, "\(number + 1)", condition) { break }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            for node in nodes {
                #expect(try await node.known(key)?.content.map { String(buffer: $0) } == "60")
            }
        }
    }

    @Test("see at once what was acknowledged on another")
    func seen() async throws {
        try await withNodes(2) { nodes in
            let key = try name("seen")
            for number in 0..<60 {
                let (a, b) = number.isMultiple(of: 2) ? (nodes[0], nodes[1]) : (nodes[1], nodes[0])
                #expect(try await a.puts(key, "\(number)", .none))
                #expect(try await b.known(key)?.content.map { String(buffer: $0) } == "\(number)")
            }
        }
    }

    @Test("do not replace what another has removed meanwhile, the same content neither")
    func removedBeside() async throws {
        try await withNodes(2) { nodes in
            for round in 0..<40 {
                let key = try name("k\(round)")
                #expect(try await nodes[0].puts(key, "same", .none))
                let object = try inline(Array("same".utf8))
                let etag = try #require(ETag(object.digest.bytes))
                async let isPut = nodes[0].puts(key, "same", Preconditions(ifMatch: .tags([etag])))
                async let isRemoved = nodes[1].write { try $0.delete(key) }
                let (put, removed) = try await (isPut, isRemoved)
                #expect(removed)
                // Put and then removed, or removed and then refused.
                #expect(try await nodes[round % 2].known(key) == nil, "put: \(put)")
            }
            let site = try name("k").site
            let stores = try await nodes[0].read { try $0.stores(of: site, limit: 10) }
            #expect(stores.map(\.entries) == [0] && stores.map(\.bytes) == [0])
        }
    }

    @Test("count together what a store holds, whoever wrote and whoever removed it")
    func counts() async throws {
        try await withNodes(2) { nodes in
            for number in 0..<30 { #expect(try await nodes[number % 2].puts(try name("k\(number)"), "abc", .none)) }
            for number in 0..<20 {
                let key = try name("k\(number)")
                #expect(try await nodes[(number + 1) % 2].write { try $0.delete(key) })
            }
            for node in nodes {
                let site = try name("k").site
                let stores = try await node.read { try $0.stores(of: site, limit: 10) }
                #expect(stores.map(\.entries) == [10] && stores.map(\.bytes) == [30])
            }
        }
    }

    @Test("leave no entry in a store that is removed beside a put")
    func removedStore() async throws {
        try await withNodes(2) { nodes in
            for round in 0..<15 {
                let key = try name("k\(round)")
                async let isPut = nodes[0].puts(key, "x", .none)
                async let isRemoved = nodes[1].write { try $0.removeStore(key.store, in: key.site) }
                let (put, removed) = try await (isPut, isRemoved)
                #expect(put)
                // Removed before the put, or not at all: what was acknowledged is there.
                let there = try await nodes[1].known(key)
                #expect(there != nil, "removed: \(String(describing: removed))")
                let stores = try await nodes[1].read { try $0.stores(of: key.site, limit: 10) }
                #expect(stores.count == 1)
                #expect(try await nodes[round % 2].write { try $0.delete(key) })
            }
        }
    }

    @Test("refuse a name that is up, and take over that of one that is gone")
    func names() async throws {
        try await withIndexPath { path in
            let first = try EntryIndex(engine: Engines.current.make(path), node: NodeIdentity(name: "n", version: "1"))
            let refusal = #expect(throws: LarderError.self) {
                try EntryIndex(engine: Engines.current.make(path), node: NodeIdentity(name: "n", version: "1"))
            }
            #expect(refusal?.message.contains("a node called 'n' is up already") == true)
            let number = first.nodes.number
            #expect(try await first.lives(number))
            #expect(try await !first.lives(number + 1))
            await first.closeOffPool()
            let next = try EntryIndex(engine: Engines.current.make(path), node: NodeIdentity(name: "n", version: "2"))
            #expect(next.nodes.number == number)
            let now = next.clock.now()
            let nodes = try await next.read { try $0.nodes(now: now) }
            #expect(nodes.map(\.version) == ["2"] && nodes.map(\.isUp) == [true])
            await next.closeOffPool()
        }
    }

    @Test("hear of what others commit")
    func news() async throws {
        try await withNodes(2) { nodes in
            let heard = AsyncStream.makeStream(of: NodeNews.self)
            nodes[1].nodes.observe { heard.continuation.yield($0) }
            // Until it knows of the other, a node tells nobody.
            while nodes[0].nodes.upCount < 2 { try await Task.sleep(for: .milliseconds(20)) }
            let key = try name("told")
            // One message may be lost, where a connection is.
            let puts = Task {
                var number = 0
                while !Task.isCancelled {
                    number += 1
                    _ = try await nodes[0].puts(key, "\(number)", .none)
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
            for await news in heard.stream where news.subjects != nil && news.concerns(.entry(key)) { break }
            puts.cancel()
            _ = await puts.result
        }
    }
}

/// Runs `body` with several nodes on one index.
private func withNodes(_ count: Int, _ body: ([EntryIndex]) async throws -> Void) async throws {
    try await withIndexPath { path in
        var nodes: [EntryIndex] = []
        for number in 0..<count {
            let identity = NodeIdentity(name: "node-\(number)", version: "test")
            nodes.append(try EntryIndex(engine: Engines.current.make(path), node: identity))
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body(nodes)) } catch { result = .failure(error) }
        for node in nodes { await node.closeOffPool() }
        try result.get()
    }
}

extension EntryIndex {
    /// - Returns: false when a condition was not met.
    fileprivate func puts(_ name: EntryName, _ content: String, _ conditions: Preconditions) async throws -> Bool {
        let object = try inline(Array(content.utf8))
        let draft = try draft(object, conditions: conditions)
        do {
            _ = try await write(foreseeing: [Foresight(name, digest: object.digest)]) {
                try $0.put(name, draft, object)
            }
            return true
        } catch let error as LarderError where error.code == .preconditionFailed { return false }
    }
}
