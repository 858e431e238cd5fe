import LarderModel
import LarderTestSupport
import Testing

@testable import Index

@Suite("Versions of an entry", .everyEngine)
struct VersionTests {
    /// Of each entry in this suite, unless a test says otherwise.
    private static let three: VersionRule = { _ in .newest(3) }

    private func contents(_ index: EntryIndex, _ name: EntryName) async throws -> [String] {
        try await index.read { reader in
            try reader.versions(of: name, before: nil, since: nil, limit: 100).map {
                String(decoding: try #require(try reader.inlineContent($0.entry.digest)), as: UTF8.self)
            }
        }
    }

    private func write(_ index: EntryIndex, _ name: EntryName, _ texts: String...) async throws {
        for text in texts { _ = try await index.write { try $0.put(name, Array(text.utf8)) } }
    }

    @Test("are none where no rule keeps any")
    func off() async throws {
        try await withIndex { index in
            let name = try name("k")
            try await write(index, name, "a", "b")
            _ = try await index.write { try $0.delete(name) }
            #expect(try await contents(index, name).isEmpty)
            try await expectConsistent(index)
        }
    }

    @Test("are what writes replaced, newest first, the newest N of them")
    func count() async throws {
        try await withIndex(keptVersions: Self.three) { index in
            let name = try name("k")
            try await write(index, name, "a")
            #expect(try await contents(index, name).isEmpty)
            try await write(index, name, "b", "c", "d", "e")
            #expect(try await contents(index, name) == ["d", "c", "b"])
            try await expectConsistent(index)
        }
    }

    @Test("do not grow by the same content again; the same content at another time is listed again")
    func same() async throws {
        try await withIndex(keptVersions: Self.three) { index in
            let name = try name("k")
            try await write(index, name, "a", "a", "b", "b", "a", "c")
            #expect(try await contents(index, name) == ["a", "b", "a"])
            try await expectConsistent(index)
        }
    }

    @Test("hold what a deletion took, of one entry and under a prefix, and name it as deleted")
    func deletion() async throws {
        try await withIndex(keptVersions: Self.three) { index in
            let names = try ["p/1", "p/2", "q"].map { try name($0) }
            for name in names { try await write(index, name, "x \(name.key)") }
            _ = try await index.write { try $0.delete(names[2]) }
            _ = try await index.write {
                try $0.deletePrefix("p/".bytes, of: names[0].store, in: .default, limit: 10)
            }
            for name in names {
                #expect(try await contents(index, name) == ["x \(name.key)"])
                let version = try await index.read {
                    try $0.versions(of: name, before: nil, since: nil, limit: 1).first
                }
                #expect(version?.isDeletion == true)
            }
            func deleted(_ prefix: String, after: String = "", limit: Int = 10) async throws -> [String] {
                try await index.read {
                    try $0.deleted(
                        in: names[0].store, of: .default, prefix: prefix.bytes, since: Timestamp(milliseconds: 0),
                        after: after.bytes, now: Timestamp(milliseconds: 1), limit: limit
                    ).map(\.entry.key.text)
                }
            }
            #expect(try await deleted("") == ["p/1", "p/2", "q"])
            #expect(try await deleted("p/") == ["p/1", "p/2"])
            #expect(try await deleted("", after: "p/1", limit: 1) == ["p/2"])
            try await write(index, names[0], "back")
            #expect(try await deleted("") == ["p/2", "q"])
            try await expectConsistent(index)
        }
    }

    @Test("hold nothing that a TTL ended, and go with an entry that retention takes")
    func expired() async throws {
        let clock = ManualClock(Timestamp(milliseconds: 1_800_000_000_000))
        try await withIndex(clock: clock.clock, keptVersions: Self.three) { index in
            let name = try name("k")
            _ = try await index.write { try $0.put(name, "a".bytes) }
            _ = try await index.write { try $0.put(name, "b".bytes, expiry: .after(.seconds(60))) }
            clock.advance(by: .seconds(60))
            _ = try await index.write { try $0.put(name, "c".bytes) }
            #expect(try await contents(index, name) == ["a"])
            let handle = try #require(try await index.read { try $0.storeHandles() }.first)
            let now = try await index.write { $0.now }
            let size = try await index.write { try $0.removeAged(name.key, of: handle, .age, by: now) }
            #expect(size == 1)
            #expect(try await contents(index, name).isEmpty)
            try await expectConsistent(index)
        }
    }

    @Test("have the references to their content until they go with their store; then none are left")
    func references() async throws {
        try await withIndex(keptVersions: Self.three) { index in
            let (name, shared) = try (name("k"), name("shared"))
            let large = try file("large".bytes, size: 100_000, storedSize: 100_000, .identity)
            let draft = try draft(large)
            _ = try await index.write { try $0.put(name, draft, large) }
            try await write(index, shared, "a")
            try await write(index, name, "a", "b")
            let found = try await index.read { try $0.compareReferences(after: 0, limit: 100) }
            #expect(found.differences.isEmpty && found.dangling == 0)
            #expect(try await references(index) == [1, 2, 1])
            for name in [name, shared] { _ = try await index.write { try $0.delete(name) } }
            #expect(try await references(index) == [1, 2, 1])
            let isRemoved = try await index.write { try $0.removeStore(name.store, in: .default) }
            #expect(isRemoved == true)
            #expect(try await references(index) == [0])
            try await expectConsistent(index)
        }
    }

    /// By the objects' numbers.
    private func references(_ index: EntryIndex) async throws -> [Int] {
        try await index.sql { session in
            var found: [Int] = []
            try session.each("SELECT refs FROM objects ORDER BY id") { _ in
            } _: {
                found.append($0.int(0))
                return true
            }
            return found
        }
    }
}
