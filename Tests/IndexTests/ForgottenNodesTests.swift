import LarderModel
import Testing

@testable import Index

@Suite("Nodes that are gone", .everyEngine)
struct ForgottenNodesTests {
    @Test("are forgotten after a day, and what they counted stays in every sum")
    func folded() async throws {
        try await withIndex { index in
            let kept = try name("kept"), gone = try name("gone"), other = try name("k", store: "others")
            try await index.write { transaction in
                try transaction.put(kept, [1, 2, 3])
                try transaction.put(gone, [4])
                try transaction.put(other, [5])
            }
            let now = index.clock.now()
            let numbers = try await index.write { transaction in
                try [("old", Duration.seconds(86_401)), ("young", .seconds(86_000))].map { name, age in
                    let number = try transaction.db.insert(
                        """
                        INSERT INTO nodes (name, owner, version, address, since, seen_at, is_up)
                        VALUES (?1, 'x', '1', '', ?2, ?2, 1)
                        """
                    ) {
                        $0.set(1, name)
                        $0.set(2, now - age)
                    }
                    return try #require(number)
                }
            }
            let own = index.nodes.number
            let stores = try await index.read { try $0.stores(of: kept.site, limit: 10) }
            // What an index on one machine counted before has no node's number.
            for (number, store) in [(numbers[0], "runs"), (numbers[1], "runs"), (own + 70_000, "others")] {
                try await index.write { transaction in
                    try transaction.db.run(
                        """
                        INSERT INTO store_counts
                            (store, node, entries, bytes, stored_bytes, removed_cap, removed_cleanup, removed_expired)
                        SELECT id, ?1, 2, -10, 20, 3, 4, 5 FROM stores WHERE name = ?2
                        """
                    ) {
                        $0.set(1, number)
                        $0.set(2, Array(store.utf8))
                    }
                }
            }
            let before = try await index.read { try $0.stores(of: kept.site, limit: 10) }
            #expect(before != stores)
            let moment = now - .seconds(86_400)
            #expect(try await index.read { try $0.hasNodes(unseenSince: moment, beside: own) })
            try await index.write { try $0.forgetNodes(unseenSince: moment) }
            #expect(try await index.read { try $0.stores(of: kept.site, limit: 10) } == before)
            #expect(try await !index.read { try $0.hasNodes(unseenSince: moment, beside: own) })
            let counting = try await index.sql { session in
                var all: Set<Int64> = []
                try session.each("SELECT node FROM store_counts") { _ in
                } _: {
                    all.insert($0.int64(0))
                    return true
                }
                return all
            }
            #expect(counting == [own, numbers[1]])
            let known = try await index.read { try $0.nodes(now: now) }.map(\.name)
            #expect(known.contains("young") && !known.contains("old"))
        }
    }
}
