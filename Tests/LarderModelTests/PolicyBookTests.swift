import LarderModel
import Testing

@Suite("A policy book")
struct PolicyBookTests {
    private static func policy(_ name: String, matches: [String], keys: [String] = ["**"], maxSize: Int64 = 1) throws
        -> Policy
    {
        Policy(
            name: name, matches: try matches.map { try Glob($0) },
            rules: try keys.map { Policy.Rule(keys: try Glob($0), maxSize: ByteCount(maxSize)) })
    }

    @Test("finds the policy whose pattern claims the store, else default")
    func lookup() throws {
        let book = try PolicyBook([
            Self.policy("runs", matches: ["runs", "*-runs"]), Self.policy("default", matches: ["default"]),
            Self.policy("audio", matches: ["audio"]),
        ])
        #expect(book.policies.map(\.name) == ["audio", "default", "runs"])
        for (store, name) in [
            ("runs", "runs"), ("acme-runs", "runs"), ("audio", "audio"), ("else", "default"), ("default", "default"),
        ] {
            #expect(book.policy(for: try StoreName(store)).name == name)
        }
    }

    @Test("takes the first rule that matches, then default's, then 5 GB for ever")
    func rules() throws {
        let own = Policy(
            name: "own", matches: [try Glob("own")],
            rules: [
                Policy.Rule(keys: try Glob("a/*"), maxSize: ByteCount(1)),
                Policy.Rule(keys: try Glob("a/**"), maxSize: ByteCount(2), keep: .seconds(1)),
            ])
        let book = try PolicyBook([own, Self.policy("default", matches: ["default"], keys: ["b/**"], maxSize: 3)])
        for (key, size) in [("a/x", 1), ("a/x/y", 2), ("b/x", 3), ("c", 5_000_000_000)] as [(String, Int64)] {
            let rule = book.rule(for: try EntryKey(key), in: own)
            #expect(rule.maxSize == ByteCount(size))
            #expect(rule.keep == (size == 2 ? .seconds(1) : nil))
        }
    }

    @Test("of nothing allows 5 GB for ever")
    func empty() throws {
        let book = try PolicyBook([])
        let policy = book.policy(for: try StoreName("any"))
        #expect(policy.name == "default")
        #expect(
            book.rule(for: try EntryKey("k"), in: policy)
                == Policy.Rule(keys: try Glob("**"), maxSize: PolicyBook.maxSizeDefault))
    }

    @Test(
        "refuses two policies of one name, or with one store",
        arguments: [
            ("a", "x", "a", "y"), ("a", "*-runs", "b", "acme-*"), ("a", "runs", "b", "*"), ("a", "x", "b", "x"),
        ])
    func clashes(name: String, pattern: String, otherName: String, otherPattern: String) throws {
        let error = try #require(throws: LarderError.self) {
            try PolicyBook([
                Self.policy(name, matches: [pattern]), Self.policy(otherName, matches: ["z", otherPattern]),
            ])
        }
        #expect(error.code == .invalidPolicy)
    }

    @Test(
        "takes patterns that only look alike",
        arguments: [("*-runs", "*-audio"), ("a*", "b*"), ("runs", "*-runs"), ("Runs", "runs")])
    func distinct(pattern: String, other: String) throws {
        #expect(
            try PolicyBook([Self.policy("a", matches: [pattern]), Self.policy("b", matches: [other])]).policies.count
                == 2)
    }
}
