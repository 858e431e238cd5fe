import BlobStore
import BlobStoreTestSupport
import Index
import LarderModel
import LarderTestSupport
import NIOCore
import StorePolicies
import Testing

@testable import Vaults

/// A vault `notes` of vectors with three numbers, in a data directory of its own.
struct VaultBench: Sendable {
    let blobs: BlobStore
    let vaults: VaultService
    let home: Home

    static let policy = """
        name: notes
        matches: [notes, other]
        index: { vector: { dims: 3, model: m } }
        rules:
          - keys: "**/log"
            log: true
            maxEvents: 4
          - keys: "brief/**"
            ttl: 1h
          - keys: "**"
        """

    static func with(_ policy: String = policy, _ body: (VaultBench) async throws -> Void) async throws {
        try await Home.with { home in try await with(policy, home, body) }
    }

    static func with(_ policy: String = policy, _ home: Home, _ body: (VaultBench) async throws -> Void) async throws {
        let book = try PolicyBook([try PolicyFile.parse(policy, file: "notes.yaml")])
        try await home.open(policies: book) { blobs in
            let vaults = VaultService(blobs: blobs, threads: 1)
            let result: Result<Void, any Error>
            do { result = .success(try await body(VaultBench(blobs: blobs, vaults: vaults, home: home))) } catch {
                result = .failure(error)
            }
            await vaults.close()
            try result.get()
        }
    }

    func put(
        _ key: String, _ text: String, store: String = "notes", vector: [Float]? = nil, _ type: String = "text/plain"
    )
        async throws
    {
        var request = WriteRequest(name: try name(key, store), contentType: type)
        if let vector { request.vector = try Self.vector(vector) }
        let writer = try blobs.beginWrite(request)
        try await writer.append(.init(string: text))
        _ = try await writer.finish()
    }

    static func vector(_ numbers: [Float], model: String = "m") throws -> NewItem.Vector {
        try VectorText.checked(numbers, Policy.Index(vector: .init(dims: 3, model: "m")), model: model, "It")
    }

    func name(_ key: String, _ store: String = "notes") throws -> EntryName {
        EntryName(site: .default, store: try StoreName(store), key: try EntryKey(key))
    }

    func ask(
        _ text: String? = nil, _ vector: [Float]? = nil, prefix: String = "", stores: [String] = ["notes"],
        _ change: (inout Question) -> Void = { _ in }
    ) async throws -> SearchAnswer {
        var question = Question(
            site: .default,
            scopes: try stores.map { Question.Scope(store: try StoreName($0), prefix: Array(prefix.utf8)) })
        question.text = text
        question.vector = vector
        change(&question)
        return try await vaults.search(question)
    }

    func keys(
        _ text: String? = nil, _ vector: [Float]? = nil, prefix: String = "",
        _ change: (inout Question) -> Void = { _ in }
    )
        async throws -> [String]
    {
        try await ask(text, vector, prefix: prefix, change).hits.map { String(decoding: $0.key.bytes, as: UTF8.self) }
    }
}

@Suite("A vault")
struct VaultTests {
    @Test("finds a word as soon as it is written, and not any more once it is replaced or deleted")
    func follows() async throws {
        try await VaultBench.with { bench async throws in
            #expect(try await bench.keys("music").isEmpty)
            try await bench.put("a", "Music in Paris")
            try await bench.put("b", "Nothing of the kind")
            #expect(try await bench.keys("MUSIC") == ["a"])
            try await bench.put("b", "music, too")
            let both = try await bench.keys("music")
            #expect(Set(both) == ["a", "b"])
            try await bench.put("a", "Silence")
            #expect(try await bench.keys("music") == ["b"])
            _ = try await bench.blobs.delete(try bench.name("b"))
            #expect(try await bench.keys("music").isEmpty)
            #expect(try await bench.keys("silence") == ["a"])
        }
    }

    @Test("ranks by meaning exactly, skips vectors of another model and counts them")
    func meaning() async throws {
        try await VaultBench.with { bench async throws in
            try await bench.put("near", "one", vector: [1, 0.1, 0])
            try await bench.put("far", "two", vector: [0, 1, 0])
            try await bench.put("behind", "three", vector: [-1, 0, 0])
            var request = WriteRequest(name: try bench.name("foreign"), contentType: "text/plain")
            request.vector = try VaultBench.vector([1, 0, 0], model: "another")
            let writer = try bench.blobs.beginWrite(request)
            try await writer.append(.init(string: "four"))
            _ = try await writer.finish()
            let answer = try await bench.ask(nil, [1, 0, 0])
            #expect(answer.hits.map { String(decoding: $0.key.bytes, as: UTF8.self) } == ["near", "far", "behind"])
            #expect(answer.hits.map(\.meaningRank) == [1, 2, 3])
            #expect(answer.hits.last?.score == -1)
            #expect(answer.otherModel == 1)
            #expect(answer.mode == .meaning)
        }
    }

    @Test("takes the best by meaning as if all had been compared, equal scores and repeated texts among them")
    func best() async throws {
        try await VaultBench.with { bench async throws in
            for i in 0..<600 {
                let vector: [Float] = [Float(i % 7), Float(i % 5), 1]
                try await bench.put("k\(i)", "text \(i % 400)", store: i % 3 == 0 ? "other" : "notes", vector: vector)
            }
            for (count, vector) in [(1, [1, 0, 0]), (5, [6, 4, 1]), (20, [-1, 2, 0.5])] as [(Int, [Float])] {
                let stores = ["notes", "other"]
                let found = try await bench.ask(nil, vector, stores: stores) { $0.count = count }
                // A window makes it compare all.
                let all = try await bench.ask(nil, vector, stores: stores) {
                    $0.count = count
                    $0.windows = [Question.Window(name: "all", from: .zero, to: nil, count: count)]
                }
                #expect(found.hits.map(\.key) == all.hits.map(\.key))
                #expect(found.hits.map(\.score) == all.hits.map(\.score))
                #expect(found.hits.map(\.meaningRank) == all.hits.map(\.meaningRank))
                #expect(found.hits.count == count)
            }
        }
    }

    @Test("keeps the vector of an entry whose text stays, and loses it with the text")
    func keepsVectors() async throws {
        try await VaultBench.with { bench async throws in
            try await bench.put("a", "the text", vector: [1, 0, 0])
            try await bench.blobs.amend(
                try bench.name("a"), Amendment(metadata: try Metadata(json: Array(#"{"p":1}"#.utf8), maxDepth: 8)),
                conditions: .none)
            let found = try await bench.ask(nil, [1, 0, 0]).hits
            #expect(found.map { String(decoding: $0.metadata, as: UTF8.self) } == [#"{"p":1}"#])
            try await bench.put("a", "another text")
            #expect(try await bench.ask(nil, [1, 0, 0]).hits.isEmpty)
            #expect(try await bench.keys("another") == ["a"])
        }
    }

    @Test("fuses words and meaning by their ranks")
    func fuses() async throws {
        try await VaultBench.with { bench async throws in
            try await bench.put("both", "music here", vector: [0.9, 0.1, 0])
            try await bench.put("meant", "nothing said", vector: [1, 0, 0])
            try await bench.put("said", "music music")
            let answer = try await bench.ask("music", [1, 0, 0])
            #expect(answer.mode == .hybrid)
            let hits = Dictionary(
                uniqueKeysWithValues: answer.hits.map { (String(decoding: $0.key.bytes, as: UTF8.self), $0) })
            #expect(answer.hits.first.map { String(decoding: $0.key.bytes, as: UTF8.self) } == "both")
            #expect(hits["both"]?.score == 1 / 62.0 + 1 / 62.0)
            #expect(hits["meant"]?.score == 1 / 61.0)
            #expect(hits["said"]?.score == 1 / 61.0)
            #expect(hits["said"]?.meaningRank == nil && hits["said"]?.wordsRank == 1)
        }
    }

    @Test("never lets one window starve another, and fills up from the rest when asked to")
    func windows() async throws {
        try await VaultBench.with { bench async throws in
            for i in 0..<3 { try await bench.put("old\(i)", "music of old \(i)") }
            bench.home.clock.advance(by: .seconds(10 * 3_600))
            for i in 0..<20 { try await bench.put("new\(i)", "music music music \(i)") }
            let plain = try await bench.keys("music") { $0.count = 8 }
            #expect(plain.allSatisfy { $0.hasPrefix("new") })
            let answer = try await bench.ask("music") {
                $0.count = 8
                $0.windows = Question.Window.kronos(8)
            }
            #expect(answer.windows?.map(\.count) == [2, 2, 0, 0])
            #expect(answer.hits.map(\.window) == ["hot", "hot", "working", "working"])
            let filled = try await bench.ask("music") {
                $0.count = 8
                $0.windows = Question.Window.kronos(8)
                $0.backfills = true
            }
            #expect(filled.hits.count == 8)
            #expect(filled.windows?.map(\.count) == [6, 2, 0, 0])
        }
    }

    @Test("shares hits out evenly among the hours and days, the remainder to the younger")
    func kronos() {
        #expect(Question.Window.kronos(10).map(\.count) == [3, 3, 2, 2])
        #expect(Question.Window.kronos(3).map(\.count) == [1, 1, 1, 0])
        let hot = Question.Window.kronos(4)[0], working = Question.Window.kronos(4)[1]
        #expect(hot.holds(.seconds(-5)) && hot.holds(.zero) && !hot.holds(.seconds(4 * 3_600)))
        #expect(working.holds(.seconds(4 * 3_600)) && !working.holds(.seconds(3 * 86_400)))
    }

    @Test("asks within a prefix alone, and what lies outside moves no score")
    func scopes() async throws {
        try await VaultBench.with { bench async throws in
            try await bench.put("s1/a", "music and rain")
            let before = try await bench.ask("music", prefix: "s1/").hits.map(\.score)
            for i in 0..<5 { try await bench.put("s2/\(i)", "music \(i)") }
            #expect(try await bench.ask("music", prefix: "s1/").hits.map(\.score) == before)
            #expect(try await bench.keys("music", prefix: "s1/") == ["s1/a"])
            try await bench.put("a", "music", store: "other")
            #expect(try await bench.ask("music", stores: ["notes", "other"]).hits.count == 7)
        }
    }

    @Test("counts a text that was said twice once, in its best place")
    func duplicates() async throws {
        try await VaultBench.with { bench async throws in
            try await bench.put("a", "music")
            bench.home.clock.advance(by: .seconds(1))
            try await bench.put("b", "music")
            #expect(try await bench.keys("music") == ["b"])
            try await bench.put("c", "music", store: "other")
            #expect(try await bench.ask("music", stores: ["notes", "other"]).hits.count == 1)
        }
    }

    @Test("forgets what is over at that moment, before any cleanup")
    func expires() async throws {
        try await VaultBench.with { bench async throws in
            try await bench.put("brief/a", "music")
            #expect(try await bench.keys("music") == ["brief/a"])
            bench.home.clock.advance(by: .seconds(3_601))
            #expect(try await bench.keys("music").isEmpty)
        }
    }

    @Test("filters by time and metadata before it ranks")
    func filters() async throws {
        try await VaultBench.with { bench async throws in
            try await bench.put("a", #"{"text":"music"}"#, "application/json")
            let early = bench.blobs.now
            bench.home.clock.advance(by: .seconds(60))
            var request = WriteRequest(name: try bench.name("b"), contentType: "text/plain")
            request.metadata = try Metadata(json: Array(#"{"project":"x","n":1.0}"#.utf8), maxDepth: 8)
            let writer = try bench.blobs.beginWrite(request)
            try await writer.append(.init(string: "music, again"))
            _ = try await writer.finish()
            #expect(try await bench.keys("music") { $0.filter.until = early + .seconds(1) } == ["a"])
            #expect(try await bench.keys("music") { $0.filter.since = early + .seconds(1) } == ["b"])
            let number = Array("1.0".utf8)
            let canonical = try CanonicalJSON.text(of: try JSONText.check(number, maxDepth: 1), in: number)
            let wanted = (name: Array("n".utf8), value: canonical)
            #expect(try await bench.keys("music") { $0.filter.metadata = [wanted] } == ["b"])
            #expect(try await bench.keys("music") { $0.filter.roles = [Array("user".utf8)] }.isEmpty)
        }
    }

    @Test("is found again after a restart as it was")
    func restarts() async throws {
        try await Home.with { home in
            var before: [Double] = []
            try await VaultBench.with(VaultBench.policy, home) { bench async throws in
                for i in 0..<50 { try await bench.put("k\(i)", "music \(i) words", vector: [Float(i), 1, 0]) }
                _ = try await bench.blobs.delete(try bench.name("k7"))
                before = try await bench.ask("music", [1, 0, 0]) { $0.count = 100 }.hits.map(\.score)
                #expect(before.count == 49)
            }
            try await VaultBench.with(VaultBench.policy, home) { bench async throws in
                #expect(try await bench.ask("music", [1, 0, 0]) { $0.count = 100 }.hits.map(\.score) == before)
            }
        }
    }

    @Test("cuts a long text into passages, and is one hit with the best of them")
    func passages() async throws {
        try await VaultBench.with { bench async throws in
            let filler = Array(repeating: "Nothing of note was said that day.", count: 200).joined(separator: " ")
            try await bench.put("long", filler + "\n\nThen came the unicorn.\n\n" + filler)
            let hit = try #require(try await bench.ask("unicorn").hits.first)
            #expect(String(decoding: hit.text, as: UTF8.self).contains("unicorn"))
            #expect(hit.text.count <= 1_300 && hit.passage ?? 0 > 0)
            #expect(try await bench.ask("nothing").hits.count == 1)
        }
    }

    @Test(
        "refuses vectors that do not fit, and keeps what was there",
        arguments: [[1, 0], [1, .nan, 0], [.infinity, 0, 0], [0, 0, 0]] as [[Float]])
    func badVectors(_ numbers: [Float]) async throws {
        try await VaultBench.with { bench async throws in
            let error = #expect(throws: LarderError.self) { () throws in _ = try VaultBench.vector(numbers) }
            #expect(error?.code == .invalidVector)
            let asked = await #expect(throws: LarderError.self) { try await bench.ask(nil, numbers) }
            #expect(asked?.code == .invalidVector)
        }
    }

    @Test("is no store without an index, and has no vector where its content is no text")
    func noVault() async throws {
        try await VaultBench.with { bench async throws in
            let error = await #expect(throws: LarderError.self) { try await bench.ask("x", stores: ["plain"]) }
            #expect(error?.code == .notAVault)
            let refused = await #expect(throws: LarderError.self) {
                try await bench.put("image", "PNG", vector: [1, 0, 0], "image/png")
            }
            #expect(refused?.code == .invalidVector)
            #expect(try await bench.blobs.entry(try bench.name("image")) == nil)
        }
    }

    @Test("that is larger than its memory refuses, and says what to do")
    func tooLarge() async throws {
        try await VaultBench.with { bench async throws in
            try await bench.put("a", "music")
            let small = VaultService(blobs: bench.blobs, memory: ByteCount(10), threads: 1, watches: false)
            var question = Question(site: .default, scopes: [Question.Scope(store: try StoreName("notes"))])
            question.text = "music"
            let error = await #expect(throws: LarderError.self) { try await small.search(question) }
            #expect(error?.code == .unavailable && error?.message.contains("--vector-memory") == true)
            await small.close()
        }
    }
}

@Suite("A vault's logs")
struct VaultLogTests {
    /// An event as `EventParser` makes it.
    private func event(_ text: String) throws -> NewLogEvent {
        let json = Array(#"{"content":"\#(text)"}"#.utf8)
        let members = try JSONText.members(of: try JSONText.check(json, maxDepth: 8), in: json)
        let cut = try ItemMaker(Policy.Index()).cut(members, in: json, at: nil, role: nil, "It")
        return NewLogEvent(
            json: json, fingerprint: try #require(Fingerprint(Array(repeating: 1, count: 16))), signal: RunSignal(),
            item: cut.item)
    }

    private static let shape = IndexTransaction.LogShape(
        isRun: false, expiry: .never, ttl: nil, fold: { chain, _ in chain },
        etag: { _, _, _ in
            guard let tag = ETag(Array(repeating: 7, count: 32)) else { preconditionFailure("32 bytes are a tag") }
            return tag
        })

    @Test("that are long and go at once are not found from then on, and their rows go later")
    func long() async throws {
        try await VaultBench.with { bench async throws in
            let name = try bench.name("c/log"), events = try (0..<2_500).map { try event("music \($0)") }
            let bounds = LogBounds(maxEvents: nil, maxBytes: nil)
            _ = try await bench.blobs.change { try $0.append(events, to: name, bounds, Self.shape) }
            #expect(try await bench.ask("music") { $0.count = 1_000 }.hits.count == 1_000)
            _ = try await bench.blobs.delete(name)
            #expect(try await bench.keys("music").isEmpty)
            let fresh = VaultService(blobs: bench.blobs, threads: 1, watches: false)
            var question = Question(site: .default, scopes: [Question.Scope(store: try StoreName("notes"))])
            question.text = "music"
            #expect(try await fresh.search(question).hits.isEmpty)
            let again = try event("music again")
            _ = try await bench.blobs.change { try $0.append([again], to: name, bounds, Self.shape) }
            while try await bench.blobs.change(.evenWhenFull, { try $0.removeItemRemains(limit: 1_000) }) > 0 {}
            #expect(try await bench.keys("music") == ["c/log"])
            #expect(try await fresh.search(question).hits.count == 1)
            let left = try await bench.blobs.look { reader in
                var count = 0
                let vault = try #require(try reader.vault(name.store, in: .default))
                try reader.passages(of: vault.store, after: 0) { _ in count += 1 }
                return count
            }
            #expect(left == 1)
            await fresh.close()
        }
    }
}
