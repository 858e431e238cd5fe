import BlobStoreTestSupport
import Disk
import Foundation
import IndexOnSQLite
import LarderModel
import LarderTestSupport
import NIOCore
import Objects
import Testing

@testable import BlobStore
@testable import Index

/// Changes rows of a store that is closed.
private func edit(_ home: Home, _ sql: String) throws {
    let database = try SQLiteEngine(path: home.directory.indexPath).open(Schema.migrations)
    defer { database.close() }
    try database.write { try $0.execute(sql) }
}

@Suite("Damaged content")
struct DamageTests {
    private static let damages = [
        "UPDATE objects SET data = x'00'", "UPDATE objects SET data = x''",
        "UPDATE objects SET data = zeroblob(length(data))",
    ]

    private func expectCorrupt(_ store: BlobStore, _ name: EntryName, sourceLocation: SourceLocation = #_sourceLocation)
        async
    {
        for _ in 0..<2 {
            let error = await #expect(throws: LarderError.self, sourceLocation: sourceLocation) {
                try await store.get(name)
            }
            #expect(error?.code == .corruptEntry, sourceLocation: sourceLocation)
        }
    }

    @Test(
        "in a row is reported, not served, and healed by writing it again under any name", arguments: damages,
        [10, 10_000])
    func row(damage: String, size: Int) async throws {
        try await Home.with { home async throws in
            try await home.open { store async throws in
                try await store.put(name("a"), text(size))
                try await store.put(name("b"), text(size))
            }
            try edit(home, damage)
            try await home.open { store async throws in
                await expectCorrupt(store, try name("a"))
                try await store.put(name("c"), text(size))
                for key in ["a", "b", "c"] { #expect(try await store.get(name(key)) == text(size)) }
            }
            try await home.open { store async throws in
                for key in ["a", "b", "c"] { #expect(try await store.get(name(key)) == text(size)) }
            }
        }
    }

    @Test("in a row does not keep other content from taking the entry's place, nor the entry from being removed")
    func replaced() async throws {
        try await Home.with { home async throws in
            try await home.open { store async throws in
                try await store.put(name("a"), [1])
                try await store.put(name("b"), [1])
            }
            try edit(home, Self.damages[0])
            try await home.open { store async throws in
                try await store.put(name("a"), [2])
                #expect(try await store.get(name("a")) == [2])
                #expect(try await store.delete(name("b")))
                #expect(try await store.get(name("b")) == nil)
            }
        }
    }

    @Test(
        "in a file is reported, not served, and healed by writing it again", arguments: ["gone", "shorter", "changed"],
        Policy.Compression.allCases)
    func file(damage: String, compression: Policy.Compression) async throws {
        try await Home.with { home async throws in
            try await home.open([try policy("runs", compression)]) { store async throws in
                let entry = try await store.put(name("a"), text(300_000)).entry
                #expect(try await store.get(name("a")) == text(300_000))
                let path = home.path(ofObject: entry)
                switch damage {
                case "gone": try FileManager.default.removeItem(atPath: path)
                case "shorter": #expect(truncate(path, off_t(entry.storedSize - 1)) == 0)
                default: try Data(noise(Int(entry.storedSize))).write(to: URL(fileURLWithPath: path))
                }
                await expectCorrupt(store, try name("a"))
                try await store.put(name("b"), text(300_000))
                #expect(try await store.get(name("a")) == text(300_000))
                #expect(try await store.get(name("b")) == text(300_000))
            }
        }
    }

    @Test("of a name that the index has lost is reported")
    func lost() async throws {
        try await Home.with { home async throws in
            try await home.open { store async throws in try await store.put(name("a"), [1]) }
            try edit(home, "DELETE FROM objects")
            try await home.open { store async throws in await expectCorrupt(store, try name("a")) }
        }
    }
}

@Suite("Content that is kept in another form already")
struct KeptOtherwiseTests {
    private static let pairs: [(Policy.Compression, Policy.Compression)] = [(.never, .always), (.always, .never)]

    private func policies(_ first: Policy.Compression, _ second: Policy.Compression) throws -> [Policy] {
        [try policy("first", first), try policy("second", second)]
    }

    @Test("stays in that form, in one file", arguments: pairs)
    func one(first: Policy.Compression, second: Policy.Compression) async throws {
        try await Home.with { home async throws in
            try await home.open(try policies(first, second)) { store async throws in
                let content = text(300_000)
                let kept = try await store.put(name("k", store: "first"), content).entry
                let entry = try await store.put(name("k", store: "second"), text(300_000)).entry
                #expect(entry.encoding == kept.encoding)
                #expect(entry.storedSize == kept.storedSize)
                for key in [try name("k", store: "first"), try name("k", store: "second")] {
                    #expect(try await store.get(key) == content)
                }
                // A file in the other form is only a stray, which goes by itself.
                #expect(try home.objectFiles().contains(kept.digest.hex + (kept.encoding == .gzip ? ".gz" : "")))
                #expect(try await store.look { try $0.encoding(of: kept.digest) } == kept.encoding)
            }
        }
    }

    @Test("heals a damaged file of that form", arguments: pairs)
    func healed(first: Policy.Compression, second: Policy.Compression) async throws {
        try await Home.with { home async throws in
            try await home.open(try policies(first, second)) { store async throws in
                let kept = try await store.put(name("k", store: "first"), text(300_000)).entry
                try FileManager.default.removeItem(atPath: home.path(ofObject: kept))
                try await store.put(name("k", store: "second"), text(300_000))
                #expect(try await store.get(name("k", store: "first")) == text(300_000))
                #expect(try await store.get(name("k", store: "second")) == text(300_000))
            }
        }
    }

    @Test("is taken from many at once", arguments: pairs)
    func many(first: Policy.Compression, second: Policy.Compression) async throws {
        try await Home.with { home async throws in
            try await home.open(try policies(first, second)) { store async throws in
                let kept = try await store.put(name("k", store: "first"), text(300_000)).entry
                let results = await withTaskGroup { group in
                    for i in 0..<12 {
                        group.addTask {
                            await Result {
                                try await store.put(name("k\(i)", store: "second"), text(300_000)).entry.encoding
                            }
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                for result in results { #expect(throws: Never.self) { try result.get() } }
                for result in results { #expect((try? result.get()) == kept.encoding) }
                for i in 0..<12 { #expect(try await store.get(name("k\(i)", store: "second")) == text(300_000)) }
            }
        }
    }

    /// Wants up to 1 MiB of its entries in the index.
    private struct Keeping: EntryWatcher {
        func concerns(_ name: EntryName) -> Bool { name.store.text == "hooked" }
        func needsContentInIndex(_ name: EntryName) -> Bool { concerns(name) }

        func entryChanged(_ name: EntryName, to entry: Entry?, in transaction: IndexTransaction) throws {}
    }

    @Test("or in a file can still be written where it has to be in the index", arguments: Policy.Compression.allCases)
    func fileFirst(compression: Policy.Compression) async throws {
        try await Home.with { home async throws in
            try await home.open([try policy("first", compression)], watcher: Keeping()) { store async throws in
                try await store.put(name("k", store: "first"), text(100_000))
                try await store.put(name("k", store: "hooked"), text(100_000))
                #expect(try await store.get(name("k", store: "first")) == text(100_000))
                #expect(try await store.get(name("k", store: "hooked")) == text(100_000))
            }
        }
    }

    @Test(
        "in the index can still be written where a file is made of it, and heals there too",
        arguments: Policy.Compression.allCases, [false, true])
    func rowFirst(compression: Policy.Compression, isDamaged: Bool) async throws {
        try await Home.with { home async throws in
            let policies = [try policy("first", compression)]
            try await home.open(policies, watcher: Keeping()) { store async throws in
                #expect(try await store.put(name("k", store: "hooked"), text(100_000)).entry.placement == .inline)
            }
            if isDamaged {
                try edit(home, "UPDATE objects SET data = x'00'")
            }
            try await home.open(policies, watcher: Keeping()) { store async throws in
                try await store.put(name("k", store: "first"), text(100_000))
                #expect(try await store.get(name("k", store: "first")) == text(100_000))
                #expect(try await store.get(name("k", store: "hooked")) == text(100_000))
            }
        }
    }
}
