import LarderModel
import LarderTestSupport
import NIOCore
import Testing

@testable import Index

/// What the index should hold, kept the simplest way.
private struct Model {
    struct Kept: Equatable {
        var digest: Digest
        var size, storedSize: Int64
        var createdAt, modifiedAt: Timestamp
        var expiresAt: Timestamp?

        func isExpired(_ now: Timestamp) -> Bool { expiresAt.map { $0 <= now } ?? false }
    }
    var entries: [EntryName: Kept] = [:]
    var expired: [SiteAndStore: Int64] = [:]

    struct SiteAndStore: Hashable {
        var site: SiteID
        var store: StoreName
    }

    func current(_ name: EntryName, _ now: Timestamp) -> Kept? {
        entries[name].flatMap { $0.isExpired(now) ? nil : $0 }
    }

    mutating func countExpired(_ name: EntryName) {
        expired[SiteAndStore(site: name.site, store: name.store), default: 0] += 1
    }
}

@Suite("The index after random changes")
struct ModelTests {
    private static let contents: [IndexTransaction.Object] = {
        let inline = (0..<5).compactMap { i in try? IndexTests.inline([UInt8](repeating: UInt8(i), count: i * 40))
        }
        let files = (10..<13).compactMap { i in
            try? file([UInt8(i)], size: Int64(i) * 10_000, storedSize: Int64(i) * 1_000)
        }
        return inline + files
    }()
    private static let keys = ["a", "a/", "a/b", "a/b/c", "a//b", "ab", "b", "b/x", "é", "é/1", "z"]

    @Test(
        "holds what a dictionary would, counts it right, and keeps each object as long as it is used", arguments: 1...12
    )
    func random(seed: UInt64) async throws {
        var random = Seeded(seed)
        let clock = ManualClock()
        var model = Model()
        let sites = [SiteID.default, try SiteID("other")]
        let stores = ["runs", "evals"]
        try await withIndexPath { path async throws in
            // Three lives, with the index closed and opened in between.
            for _ in 0..<3 {
                try await withIndex(at: path, clock: clock.clock) { index async throws in
                    for _ in 0..<120 {
                        let name = try name(
                            random.pick(Self.keys), store: random.pick(stores), site: random.pick(sites))
                        switch Int.random(in: 0..<100, using: &random) {
                        case 0..<60: try await put(name, &model, index, clock, &random)
                        case 60..<80: try await delete(name, &model, index, clock, &random)
                        case 80..<88: try await deletePrefix(name, &model, index, clock, &random)
                        default: clock.advance(by: .milliseconds(Int.random(in: 1...4_000, using: &random)))
                        }
                        #expect(try await index.read { try $0.entry(name) }.map(kept) == model.entries[name])
                    }
                    try await compare(index, model)
                }
            }
        }
    }

    private func conditions(_ name: EntryName, _ model: Model, _ random: inout Seeded) throws -> Preconditions {
        let tags = try [model.entries[name]?.digest, Self.contents[0].digest].compactMap(\.self).map {
            try #require(ETag($0.bytes))
        }
        return switch Int.random(in: 0..<10, using: &random) {
        case 0: .onlyIfNew
        case 1: Preconditions(ifMatch: .any)
        case 2: Preconditions(ifMatch: .tags([random.pick(tags)]))
        case 3: Preconditions(ifNoneMatch: .tags([random.pick(tags)]))
        default: .none
        }
    }

    private func allows(_ conditions: Preconditions, _ current: Model.Kept?) throws -> Bool {
        let tag = try current.map { try #require(ETag($0.digest.bytes)) }
        func has(_ list: Preconditions.TagList) -> Bool {
            switch list {
            case .any: tag != nil
            case .tags(let tags): tag.map(tags.contains) ?? false
            case .unreadable: false
            }
        }
        return conditions.ifMatch.map(has) ?? true && !(conditions.ifNoneMatch.map(has) ?? false)
    }

    private func put(
        _ name: EntryName, _ model: inout Model, _ index: EntryIndex, _ clock: ManualClock, _ random: inout Seeded
    ) async throws {
        let object = random.pick(Self.contents)
        let lifetime: Duration? = random.chance(25) ? .milliseconds(Int.random(in: 0...6_000, using: &random)) : nil
        let conditions = try conditions(name, model, &random)
        let draft = try draft(object, conditions: conditions, expiry: lifetime.map { .after($0) } ?? .never)
        let current = model.current(name, clock.now)
        let result = await Result { try await index.write { try $0.put(name, draft, object) } }
        guard try allows(conditions, current) else {
            #expect(throws: LarderError.self) { try result.get() }
            return
        }
        let put = try result.get()
        #expect(put.isNew == (current == nil))
        if current == nil, model.entries[name] != nil { model.countExpired(name) }
        model.entries[name] = Model.Kept(
            digest: object.digest, size: object.size, storedSize: object.storedSize,
            createdAt: current?.createdAt ?? clock.now,
            modifiedAt: clock.now, expiresAt: lifetime.map { clock.now + $0 })
        #expect(kept(put.entry) == model.entries[name])
    }

    private func delete(
        _ name: EntryName, _ model: inout Model, _ index: EntryIndex, _ clock: ManualClock, _ random: inout Seeded
    ) async throws {
        let conditions = try conditions(name, model, &random)
        let current = model.current(name, clock.now)
        let result = await Result { try await index.write { try $0.delete(name, conditions) } }
        guard try allows(conditions, current) else {
            #expect(throws: LarderError.self) { try result.get() }
            return
        }
        #expect(try result.get() == (current != nil))
        if let old = model.entries.removeValue(forKey: name), old.isExpired(clock.now) { model.countExpired(name) }
    }

    private func deletePrefix(
        _ name: EntryName, _ model: inout Model, _ index: EntryIndex, _ clock: ManualClock, _ random: inout Seeded
    ) async throws {
        let prefix = Array(name.key.bytes.prefix(Int.random(in: 0...3, using: &random)))
        let limit = Int.random(in: 1...4, using: &random)
        let found = model.entries.keys.filter {
            $0.site == name.site && $0.store == name.store && $0.key.bytes.starts(with: prefix)
        }
        .sorted { $0.key < $1.key }
        let result = try await index.write { try $0.deletePrefix(prefix, of: name.store, in: name.site, limit: limit) }
        #expect(result.hasMore == (found.count > limit))
        var deleted = 0
        for name in found.prefix(limit) {
            guard let old = model.entries.removeValue(forKey: name) else { continue }
            if old.isExpired(clock.now) { model.countExpired(name) } else { deleted += 1 }
        }
        #expect(result.deleted == deleted)
    }

    private func kept(_ entry: Entry) -> Model.Kept {
        Model.Kept(
            digest: entry.digest, size: entry.size, storedSize: entry.storedSize, createdAt: entry.createdAt,
            modifiedAt: entry.modifiedAt,
            expiresAt: entry.expiresAt)
    }

    private func compare(_ index: EntryIndex, _ model: Model) async throws {
        try await expectConsistent(index)
        let count = try await index.sql { try $0.one("SELECT COUNT(*) FROM entries") { $0.int(0) } }
        #expect(count == model.entries.count)
        for (name, expected) in model.entries {
            #expect(try await index.read { try $0.entry(name) }.map(kept) == expected)
            if let cached = try await index.known(name) { #expect(kept(cached.entry) == expected) }
        }
        var totals = (entries: Int64(0), bytes: Int64(0))
        for site in Set(model.entries.keys.map(\.site)) {
            for summary in try await index.read({ try $0.stores(of: site, limit: 10) }) {
                let inStore = model.entries.filter { $0.key.site == site && $0.key.store == summary.name }.values
                #expect(summary.entries == Int64(inStore.count))
                #expect(summary.bytes == inStore.reduce(0) { $0 + $1.size })
                #expect(summary.storedBytes == inStore.reduce(0) { $0 + $1.storedSize })
                #expect(summary.removed == .init(expired: model.expired[.init(site: site, store: summary.name)] ?? 0))
                totals.entries += summary.entries
                totals.bytes += summary.bytes
            }
        }
        let all = try await index.read { try $0.totals() }
        #expect(all.entries == totals.entries)
        #expect(all.bytes == totals.bytes)
        // Small content of use is there, and no other.
        let used = Set(model.entries.values.map(\.digest))
        for object in Self.contents {
            let bytes = try await index.read { try $0.inlineContent(object.digest) }
            #expect(bytes == (used.contains(object.digest) ? object.inline : nil))
        }
    }
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}

@Suite("An object of the index", .everyEngine)
struct ObjectRowTests {
    @Test("in the other form than the file that is there is refused before anything is written")
    func keptOtherwise() async throws {
        try await withIndex { index async throws in
            let gzip = try file([1], size: 100_000, storedSize: 10_000, .gzip),
                plain = try file([1], size: 100_000, storedSize: 100_000, .identity)
            let a = try name("a"), b = try name("b")
            _ = try await index.write { try $0.put(a, draft(gzip), gzip) }
            let error = await #expect(throws: IndexTransaction.KeptOtherwise.self) {
                try await index.write { try $0.put(b, draft(plain), plain) }
            }
            #expect(error?.encoding == .gzip)
            #expect(try await index.read { try $0.entry(b) } == nil)
            #expect(try await index.read { try $0.encoding(of: gzip.digest) } == .gzip)
            try await expectConsistent(index)
        }
    }

    @Test("that is small is shared in the form of its first write")
    func sharedForm() async throws {
        try await withIndex { index async throws in
            let plain = [UInt8](repeating: 5, count: 2_000)
            var packed = try inline(plain)
            packed.encoding = .gzip
            packed.storedSize = 60
            packed.inline = [UInt8](repeating: 9, count: 60)
            packed.repair = { _, _ in nil }
            let unpacked = try inline(plain), first = packed
            let a = try name("a"), b = try name("b")
            _ = try await index.write { try $0.put(a, draft(first), first) }
            var second = unpacked
            second.repair = { kept, encoding in
                #expect(kept.count == 60)
                #expect(encoding == .gzip)
                return nil
            }
            let shared = second
            let put = try await index.write { try $0.put(b, draft(shared), shared) }
            #expect(put.wasKnown)
            #expect(put.entry.encoding == .gzip)
            #expect(put.entry.storedSize == 60)
            #expect(try await index.known(b)?.content?.readableBytes == 60)
            try await expectConsistent(index)
        }
    }

    @Test("that is damaged heals when its content is written again")
    func repaired() async throws {
        try await withIndex { index async throws in
            let content = "the right content".bytes
            let key = try name("a"), other = try name("b")
            _ = try await index.write { try $0.put(key, content) }
            _ = try await index.write { try $0.db.run("UPDATE objects SET data = ?1") { $0.set(1, [0]) } }
            let put = try await index.write { try $0.put(other, content) }
            #expect(put.wasKnown)
            #expect(try await index.read { try $0.inlineContent(digest(of: content)) } == content)
            let known = try await index.known(other)
            #expect(known.flatMap { $0.content.map { Array($0.readableBytesView) } } == content)
            try await expectConsistent(index)
        }
    }

    @Test("in a file waits for collection, and is taken up again when it is written before that")
    func waits() async throws {
        try await withIndex { index async throws in
            let object = try file([1], size: 100_000, storedSize: 10_000)
            let key = try name("a")
            _ = try await index.write { try $0.put(key, draft(object), object) }
            _ = try await index.write { try $0.delete(key) }
            #expect(
                try await index.sql {
                    try $0.one("SELECT refs FROM objects WHERE unreferenced_at IS NOT NULL") { $0.int(0) }
                } == 0)
            let put = try await index.write { try $0.put(key, draft(object), object) }
            #expect(put.wasKnown)
            #expect(put.isNew)
            #expect(
                try await index.sql {
                    try $0.one("SELECT refs FROM objects WHERE unreferenced_at IS NULL") { $0.int(0) }
                } == 1)
        }
    }
}

@Suite("A key")
struct OddKeyTests {
    static let odd: [[UInt8]] = [
        "a\u{0}b".bytes, "\u{0}".bytes, "\u{0}\u{0}".bytes, "\u{7F}".bytes, "a\u{7F}/b".bytes, "🎬/👩‍👩‍👧.mp4".bytes,
        "é".bytes, "e\u{301}".bytes,
        "\u{202F}".bytes, "..".bytes, "a/../b".bytes, "a//b".bytes, "a/".bytes, "a".bytes, " a ".bytes, "a%2Fb".bytes,
        "a\nb".bytes, "A".bytes,
        "\u{10FFFF}".bytes, "ключ:1".bytes, [UInt8](repeating: UInt8(ascii: "k"), count: 600),
        "é".bytes + [UInt8](repeating: UInt8(ascii: "/"), count: 1_022), "/".bytes, "/a".bytes, [0xFF], [0xFF, 0xFF],
        [0xC3], [UInt8](repeating: 0xFF, count: 1_024),
    ]

    @Test("of any bytes that the contract allows is itself and no other")
    func opaque() async throws {
        try await withIndex { index async throws in
            let names = try Self.odd.map { try name($0) }
            for (i, key) in names.enumerated() { _ = try await index.write { try $0.put(key, [UInt8(i)]) } }
            for (i, key) in names.enumerated() {
                let entry = try #require(try await index.read { try $0.entry(key) })
                #expect(entry.key.bytes == Self.odd[i])
                #expect(entry.digest == (try digest(of: [UInt8(i)])))
            }
            let page = try await index.read {
                try $0.list(StoreName("runs"), in: .default, ListQuery(), now: .init(milliseconds: 0))
            }
            #expect(page.entries.map(\.key.bytes) == Self.odd.sorted { $0.lexicographicallyPrecedes($1) })
            for (i, key) in names.enumerated() {
                #expect(try await index.write { try $0.delete(key) })
                #expect(
                    try await index.read { try $0.summary(of: StoreName("runs"), in: .default)?.entries }
                        == Int64(names.count - i - 1))
            }
        }
    }

    @Test(
        "under a prefix is taken by whole bytes: no more, no less",
        arguments: ["a", "a/", "a\u{0}", "é", "\u{0}", "🎬", "k", ""])
    func prefix(text: String) async throws {
        try await withIndex { index async throws in
            for key in Self.odd { _ = try await index.write { try $0.put(name(key), [1]) } }
            let expected = Self.odd.filter { $0.starts(with: text.utf8) }.count
            let result = try await index.write {
                try $0.deletePrefix(text.bytes, of: StoreName("runs"), in: .default, limit: 1_000)
            }
            #expect(result.deleted == expected)
            #expect(!result.hasMore)
            let left = try await index.read {
                try $0.list(StoreName("runs"), in: .default, ListQuery(), now: .init(milliseconds: 0))
            }
            #expect(Set(left.entries.map(\.key.bytes)) == Set(Self.odd.filter { !$0.starts(with: text.utf8) }))
        }
    }

    @Test("belongs to its site and store")
    func separate() async throws {
        try await withIndex { index async throws in
            let other = try SiteID("other")
            let names = [
                try name("k"), try name("k", store: "evals"), try name("k", site: other),
                try name("k", store: "e\u{301}"), try name("k", store: "é"),
            ]
            for (i, key) in names.enumerated() { _ = try await index.write { try $0.put(key, [UInt8(i)]) } }
            _ = try await index.write { try $0.deletePrefix([], of: StoreName("runs"), in: .default, limit: 100) }
            #expect(try await index.read { try $0.entry(names[0]) } == nil)
            for (i, key) in names.enumerated().dropFirst() {
                #expect(try await index.read { try $0.entry(key)?.digest } == digest(of: [UInt8(i)]))
            }
            #expect(try await index.read { try $0.stores(of: other, limit: 10).map(\.name.text) } == ["runs"])
        }
    }
}
