import LarderModel
import LarderTestSupport
import Testing

@testable import Index

@Suite("A list")
struct ListingTests {
    private static let store = "runs"
    private static let now = Timestamp(milliseconds: 1_750_000_000_000)

    /// One item of a list: an entry or a directory.
    private enum Item: Hashable {
        case key([UInt8])
        case directory([UInt8])
    }

    /// The list as the contract words it, of all keys at once.
    private static func expected(_ keys: [[UInt8]], _ prefix: [UInt8], directories: Bool) -> [Item] {
        var items: [Item] = []
        for key in keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) where key.starts(with: prefix) {
            if directories, let slash = key[prefix.count...].firstIndex(of: UInt8(ascii: "/")) {
                let item = Item.directory(Array(key[..<slash]))
                if !items.contains(item) { items.append(item) }
            } else {
                items.append(.key(key))
            }
        }
        return items
    }

    private static func randomKeys(_ count: Int, _ random: inout Seeded) -> Set<[UInt8]> {
        let letters = ["a", "b", "/", "/", "é", "\u{0}", "\u{7F}", "🎬", "."].map(\.bytes)
        var keys: Set<[UInt8]> = []
        while keys.count < count {
            let key = (0..<Int.random(in: 1...6, using: &random)).flatMap { _ in random.pick(letters) }
            if key.first != UInt8(ascii: "/") { keys.insert(key) }
        }
        return keys
    }

    /// All pages of a list, with what `between` does after each; checks what must hold of any page.
    private static func walk(
        _ index: EntryIndex, _ query: ListQuery, now: Timestamp = now, between: () async throws -> Void = {}
    ) async throws -> [ListPage] {
        var query = query
        var pages: [ListPage] = []
        while true {
            let (asked, time) = (query, now)
            let page = try await index.read { try $0.list(StoreName(store), in: .default, asked, now: time) }
            pages.append(page)
            #expect(page.entries.count + page.directories.count <= query.limit)
            guard let next = page.next else { return pages }
            #expect(page.entries.count + page.directories.count == query.limit, "only the last page is short")
            // As a client would send it.
            query.cursor = try ListCursor(text: next.text)
            #expect(query.cursor == next)
            if pages.count > 5_000 {
                Issue.record("the list does not end")
                return pages
            }
            try await between()
        }
    }

    /// In key order, as the pages give them.
    private static func items(_ pages: [ListPage]) -> [Item] {
        pages.flatMap { page in
            (page.entries.map { Item.key($0.key.bytes) } + page.directories.map { Item.directory($0) }).sorted {
                sortKey($0).lexicographicallyPrecedes(sortKey($1))
            }
        }
    }

    private static func sortKey(_ item: Item) -> [UInt8] {
        switch item {
        case .key(let key): key
        case .directory(let name): name + [UInt8(ascii: "/")]
        }
    }

    private static func put(
        _ keys: some Sequence<[UInt8]>, _ index: EntryIndex, expiry: Expiry = .never
    ) async throws {
        let names = try keys.map { try name($0) }
        _ = try await index.write { transaction in for name in names { try transaction.put(name, [1], expiry: expiry) }
        }
    }

    @Test("of random keys is what a reading of all of them gives, on pages of any size", arguments: 1...15)
    func bruteForce(seed: UInt64) async throws {
        var random = Seeded(seed)
        let keys = Array(Self.randomKeys(60, &random))
        try await withIndex { index async throws in
            try await Self.put(keys, index)
            for _ in 0..<25 {
                let prefix =
                    random.chance(30) ? [] : Array(random.pick(keys).prefix(Int.random(in: 1...4, using: &random)))
                let directories = Bool.random(using: &random)
                let limit = random.pick([1, 2, 3, 7, 59, 60, 61, 1_000])
                let pages = try await Self.walk(
                    index, ListQuery(prefix: prefix, directories: directories, limit: limit))
                let expected = Self.expected(keys, prefix, directories: directories)
                #expect(Self.items(pages) == expected, "prefix \(prefix) directories \(directories) limit \(limit)")
                #expect(pages.count == max(1, (expected.count + limit - 1) / limit), "no page too many")
            }
        }
    }

    @Test("of a text gives the keys that have it, on pages of any size", arguments: 1...5)
    func search(seed: UInt64) async throws {
        var random = Seeded(seed)
        let keys = Array(Self.randomKeys(60, &random))
        try await withIndex { index async throws in
            try await Self.put(keys, index)
            for limit in [1, 2, 7, 1_000] {
                let (text, prefix) = (random.pick(["a", "b/", "é", "/"]).bytes, random.pick(["", "a", "b"]).bytes)
                let pages = try await Self.walk(
                    index, ListQuery(prefix: prefix, contains: try SearchText(text), limit: limit))
                let expected = Self.expected(keys, prefix, directories: false).filter {
                    guard case .key(let key) = $0 else { return false }
                    return String(decoding: key, as: UTF8.self).contains(String(decoding: text, as: UTF8.self))
                }
                #expect(Self.items(pages) == expected)
            }
        }
    }

    @Test("of a text looks at so many keys, and then goes on by a cursor")
    func boundedSearch() async throws {
        try await withIndex { index async throws in
            let count = IndexReader.searchedMax + 5
            try await Self.put((0..<count).map { "k\(100_000 + $0)".bytes }, index)
            let text = try SearchText("k\(100_000 + count - 1)".bytes)
            let first = try await index.read {
                try $0.list(StoreName(Self.store), in: .default, ListQuery(contains: text), now: Self.now)
            }
            #expect(first.entries.isEmpty)
            let cursor = try #require(first.next)
            let second = try await index.read {
                try $0.list(
                    StoreName(Self.store), in: .default, ListQuery(contains: text, cursor: cursor), now: Self.now)
            }
            #expect(second.entries.count == 1 && second.next == nil)
        }
    }

    @Test("says how much lies below each directory, without what has expired, as far as it counts")
    func sizes() async throws {
        try await withIndex { index async throws in
            try await Self.put(["a/1", "a/b/2", "b/1", "c"].map(\.bytes), index)
            try await Self.put(["a/gone".bytes], index, expiry: .at(Timestamp(milliseconds: 1)))
            let query = ListQuery(directories: true, sizes: true)
            let page = try await index.read { try $0.list(StoreName(Self.store), in: .default, query, now: Self.now) }
            #expect(page.directories == ["a".bytes, "b".bytes])
            #expect(
                page.sizes == [
                    DirectorySize(entries: 2, bytes: 2, isPartial: false),
                    DirectorySize(entries: 1, bytes: 1, isPartial: false),
                ])
            let plain = ListQuery(directories: true)
            let without = try await index.read {
                try $0.list(StoreName(Self.store), in: .default, plain, now: Self.now)
            }
            #expect(without.sizes.isEmpty)
        }
    }

    @Test("gives each key that stays exactly once, in order, while others come and go", arguments: 1...15)
    func churn(seed: UInt64) async throws {
        var random = Seeded(seed)
        let stable = Self.randomKeys(30, &random)
        let fleeting = Array(Self.randomKeys(30, &random).subtracting(stable))
        try await withIndex { index async throws in
            try await Self.put(stable.union(fleeting), index)
            for limit in [1, 2, 5] {
                for directories in [false, true] {
                    let prefix = random.chance(50) ? [] : Array(random.pick(Array(stable)).prefix(1))
                    let pages = try await Self.walk(
                        index, ListQuery(prefix: prefix, directories: directories, limit: limit)
                    ) {
                        for _ in 0..<3 {
                            let key = try name(random.pick(fleeting))
                            if Bool.random(using: &random) {
                                _ = try await index.write { try $0.delete(key) }
                            } else {
                                _ = try await index.write { try $0.put(key, [2]) }
                            }
                        }
                    }
                    let seen = Self.items(pages)
                    #expect(Set(seen).count == seen.count, "nothing twice")
                    #expect(
                        seen.map(Self.sortKey) == seen.map(Self.sortKey).sorted { $0.lexicographicallyPrecedes($1) })
                    let sure = Self.expected(Array(stable), prefix, directories: directories)
                    let possible = Set(Self.expected(Array(stable.union(fleeting)), prefix, directories: directories))
                    #expect(Set(sure).isSubset(of: seen), "nothing that stayed is missing")
                    #expect(possible.isSuperset(of: seen))
                }
            }
        }
    }

    @Test(
        "by time gives what a sort by time and key gives", arguments: [ListQuery.Order.newest, .oldest], [1, 2, 7, 100])
    func byTime(order: ListQuery.Order, limit: Int) async throws {
        var random = Seeded(5)
        let clock = ManualClock()
        try await withIndex(clock: clock.clock) { index async throws in
            var times: [[UInt8]: Timestamp] = [:]
            for key in Self.randomKeys(40, &random).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                try await Self.put([key], index)
                times[key] = clock.now
                // Several in one millisecond.
                if random.chance(40) { clock.advance(by: .milliseconds(1)) }
            }
            for prefix in [[], "a".bytes, "é".bytes, "nothing".bytes] {
                let ascending = times.filter { $0.key.starts(with: prefix) }
                    .sorted { $0.value != $1.value ? $0.value < $1.value : $0.key.lexicographicallyPrecedes($1.key) }
                    .map(\.key)
                let pages = try await Self.walk(
                    index, ListQuery(prefix: prefix, order: order, limit: limit), now: clock.now)
                #expect(
                    pages.flatMap(\.entries).map(\.key.bytes) == (order == .oldest ? ascending : ascending.reversed()))
            }
        }
    }

    @Test(
        "by time gives each untouched key exactly once while others are written",
        arguments: [ListQuery.Order.newest, .oldest], 1...4)
    func byTimeWithChurn(order: ListQuery.Order, seed: UInt64) async throws {
        var random = Seeded(seed)
        let clock = ManualClock()
        try await withIndex(clock: clock.clock) { index async throws in
            let keys = Array(Self.randomKeys(40, &random))
            for key in keys {
                try await Self.put([key], index)
                clock.advance(by: .milliseconds(Int.random(in: 0...1, using: &random)))
            }
            let busy = Array(keys.prefix(10))
            var left = 40
            let pages = try await Self.walk(index, ListQuery(order: order, limit: 3), now: clock.now) {
                guard left > 0 else { return }
                left -= 1
                clock.advance(by: .milliseconds(1))
                let key = random.pick(busy)
                try await Self.put([key], index)
            }
            let seen = pages.flatMap(\.entries).map(\.key.bytes)
            for key in keys.dropFirst(10) { #expect(seen.count { $0 == key } == 1) }
        }
    }

    @Test("shows nothing that has expired, neither as an entry nor as a directory", arguments: [1, 2, 1_000])
    func expired(limit: Int) async throws {
        let clock = ManualClock()
        try await withIndex(clock: clock.clock) { index async throws in
            try await Self.put(
                ["a/gone", "b/gone", "b/kept", "c", "z"].map(\.bytes), index, expiry: .after(.seconds(10)))
            try await Self.put(["b/kept", "d", "e/kept"].map(\.bytes), index)
            for (seconds, keys, flat) in [(9, 6, 7), (1, 3, 3)] {
                clock.advance(by: .seconds(seconds))
                let rolled = try await Self.walk(index, ListQuery(directories: true, limit: limit), now: clock.now)
                #expect(Self.items(rolled).count == keys)
                for order in ListQuery.Order.allCases {
                    #expect(
                        try await Self.walk(index, ListQuery(order: order, limit: limit), now: clock.now).flatMap(
                            \.entries
                        ).count == flat)
                }
            }
            #expect(
                Self.items(try await Self.walk(index, ListQuery(directories: true), now: clock.now)) == [
                    .directory("b".bytes), .key("d".bytes), .directory("e".bytes),
                ])
        }
    }

    @Test("of an unknown store is an empty page")
    func unknown() async throws {
        try await withIndex { index async throws in
            for order in ListQuery.Order.allCases {
                let page = try await index.read {
                    try $0.list(StoreName("nowhere"), in: .default, ListQuery(order: order), now: Self.now)
                }
                #expect(page.entries.isEmpty && page.directories.isEmpty && page.next == nil)
            }
        }
    }

    @Test("refuses a cursor of another order")
    func foreignCursor() async throws {
        try await withIndex { index async throws in
            try await Self.put(["a".bytes], index)
            let byTime = ListQuery(order: .key, cursor: .afterTime(Self.now, key: "a".bytes))
            for query in [
                byTime, ListQuery(order: .newest, cursor: .afterKey("a".bytes)),
                ListQuery(order: .oldest, cursor: .afterPrefix("a/".bytes)),
            ] {
                let error = await #expect(throws: LarderError.self) {
                    try await index.read { try $0.list(StoreName(Self.store), in: .default, query, now: Self.now) }
                }
                #expect(error?.code == .malformedRequest)
            }
        }
    }

    @Test("of 20,000 keys under one directory is whole, page after page")
    func large() async throws {
        try await withIndex { index async throws in
            let keys = (0..<20_000).map { "dir/\($0)".bytes }
            for start in stride(from: 0, to: keys.count, by: 5_000) {
                try await Self.put(keys[start..<start + 5_000], index)
            }
            try await Self.put(["dir".bytes, "dir/".bytes, "dir0".bytes, "dis".bytes], index)
            let rolled = try await Self.walk(index, ListQuery(directories: true, limit: 2))
            #expect(
                Self.items(rolled) == [
                    .key("dir".bytes), .directory("dir".bytes), .key("dir0".bytes), .key("dis".bytes),
                ])
            let pages = try await Self.walk(index, ListQuery(prefix: "dir/".bytes, limit: 999))
            #expect(Set(pages.flatMap(\.entries).map(\.key.bytes)) == Set(keys + ["dir/".bytes]))
            #expect(pages.count == 21)
        }
    }

    @Test("of stores goes by their names, a page at a time")
    func stores() async throws {
        try await withIndex { index async throws in
            let names = ["z", "a", "é", "ab", "🎬", "B"]
            for text in names {
                let key = try name("k", store: text)
                _ = try await index.write { try $0.put(key, [1]) }
            }
            var found: [[UInt8]] = []
            while true {
                let last = found.last ?? []
                let page = try await index.read { try $0.stores(of: .default, after: last, limit: 2) }
                if page.isEmpty { break }
                found += page.map(\.name.bytes)
            }
            #expect(found == names.map(\.bytes).sorted { $0.lexicographicallyPrecedes($1) })
        }
    }
}
