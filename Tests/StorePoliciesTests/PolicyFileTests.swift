import LarderModel
import StorePolicies
import Testing

@Suite("A policy file")
struct PolicyFileTests {
    private static let full = """
        # a comment
        name: runs
        matches: [runs, "*-runs"]
        description: Pipeline state
        compress: always
        public: true
        cacheControl: Public,max-age=3600
        rules:
          - keys: projects/*/log.json
            cacheControl: no-cache
            log: true
            maxEvents: 7
            maxSize: 2KB
            keep: 30d
            stalledAfter: 90s
            endedBy: [pipeline, "my cutter"]
            completeAt: agent
          - keys: "tmp/**"
            maxSize: 1MB
            keep: forever
            versions: 5
          - keys: "**"
            versions: 30d
        """

    @Test("says all that a policy can say")
    func readsAll() throws {
        let expected = Policy(
            name: "runs", matches: [try Glob("runs"), try Glob("*-runs")], summary: "Pipeline state",
            compression: .always, isPublic: true,
            cacheControl: try CacheControl("public, max-age=3600"),
            rules: [
                Policy.Rule(
                    keys: try Glob("projects/*/log.json"), maxSize: ByteCount(2_000), keep: .seconds(30 * 86_400),
                    log: Policy.LogRule(
                        maxEvents: 7, stalledAfter: .seconds(90), endedBy: ["pipeline", "my cutter"], completeAt: .agent
                    ),
                    cacheControl: try CacheControl("no-cache")),
                Policy.Rule(keys: try Glob("tmp/**"), maxSize: ByteCount(1_000_000), versions: .newest(5)),
                Policy.Rule(
                    keys: try Glob("**"), maxSize: ByteCount(5_000_000_000),
                    versions: .period(.seconds(30 * 86_400))),
            ])
        #expect(try PolicyFile.parse(Self.full, file: "runs.yaml") == expected)
    }

    @Test("needs a name and a rule only; the name is then what it matches")
    func defaults() throws {
        let policy = try PolicyFile.parse("name: x\nrules: [{keys: a, log: true}]", file: "x.yaml")
        let rule = Policy.Rule(
            keys: try Glob("a"), maxSize: ByteCount(64_000),
            log: Policy.LogRule(maxEvents: 200, states: .none, stalledAfter: .seconds(900)))
        #expect(
            policy == Policy(name: "x", matches: [try Glob("x")], compression: .auto, isPublic: false, rules: [rule]))
    }

    @Test(
        "takes a limit at its edges",
        arguments: [
            "maxSize: 1B", "maxSize: 5GB", "maxSize: 7", "keep: 1s", "log: true\n    maxEvents: 1",
            "log: true\n    maxEvents: 1000000", "log: true\n    maxEvents: unlimited",
            "log: true\n    maxBytes: 64KB", "log: true\n    states: run", "log: true\n    states: none",
            "ttl: 1s\n    slide: read", "slide: write", "log: true\n    endedBy: []",
            "log: true\n    completeAt: progress", "versions: 1", "versions: 1000", "versions: 1s",
        ])
    func edges(line: String) throws {
        _ = try PolicyFile.parse("name: x\nrules:\n  - keys: a\n    \(line)\n", file: "x.yaml")
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var text: String
        var line: Int
        var says: String
        var testDescription: String { says }
    }

    private static func rules(_ text: String) -> String { "name: x\nrules:\n" + text }

    @Test(
        "is refused with file and line",
        arguments: [
            Refusal(text: "", line: 1, says: "the file is empty"),
            Refusal(text: rules("  - keys: a\n    versions: 0\n"), line: 4, says: "'versions' must be a whole number"),
            Refusal(text: rules("  - keys: a\n    versions: 1001\n"), line: 4, says: "'versions' must be"),
            Refusal(text: rules("  - keys: a\n    versions: -1\n"), line: 4, says: "'versions' must be"),
            Refusal(text: rules("  - keys: a\n    versions: often\n"), line: 4, says: "or a duration such as 30d"),
            Refusal(
                text: rules("  - keys: a\n    log: true\n    versions: 3\n"), line: 5,
                says: "'versions' is not for logs"),
            Refusal(text: "# only a comment\n", line: 1, says: "the file is empty"),
            Refusal(text: "- a", line: 1, says: "a policy must be a mapping"),
            Refusal(text: "just text", line: 1, says: "a policy must be a mapping"),
            Refusal(text: "name: x\nrules: [\n", line: 3, says: "not YAML"),
            Refusal(text: "name: x\n\tmatches: [a]\n", line: 2, says: "not YAML"),
            Refusal(text: "name: x\nrules:\n  - keys: a\n---\nname: y\n", line: 4, says: "not YAML"),
            Refusal(text: "name: x\n# \u{1}\n", line: 2, says: "not YAML"),
            Refusal(text: "rules:\n  - keys: a\n", line: 1, says: "'name' is missing"),
            Refusal(text: "name: x\n", line: 1, says: "'rules' is missing"),
            Refusal(text: "name: x\nrules: []\n", line: 2, says: "'rules' is empty"),
            Refusal(text: "name: x\nrules: a\n", line: 2, says: "'rules' must be a list"),
            Refusal(text: "name: x\nname: y\nrules:\n  - keys: a\n", line: 1, says: "the field 'name' is repeated"),
            Refusal(text: "\nname: a/b\nrules:\n  - keys: a\n", line: 2, says: "may not hold '/'"),
            Refusal(text: "name: [x]\nrules:\n  - keys: a\n", line: 1, says: "'name' must be text"),
            Refusal(text: "name: x\nmatch: [a]\nrules:\n  - keys: a\n", line: 2, says: "unknown field 'match'"),
            Refusal(text: "name: x\n? [a]\n: b\nrules:\n  - keys: a\n", line: 2, says: "unknown field"),
            Refusal(text: "name: x\nmatches: x\nrules:\n  - keys: a\n", line: 2, says: "'matches' must be a list"),
            Refusal(text: "name: x\nmatches: []\nrules:\n  - keys: a\n", line: 2, says: "'matches' is empty"),
            Refusal(
                text: "name: x\nmatches:\n  - a\n  - b\n  - a\nrules:\n  - keys: a\n", line: 5,
                says: "the pattern 'a' is repeated"),
            Refusal(text: "name: x\nmatches: [\"a[0-9]\"]\nrules:\n  - keys: a\n", line: 2, says: "'[' is no wildcard"),
            Refusal(text: "name: x\nmatches: [a?]\nrules:\n  - keys: a\n", line: 2, says: "'?' is no wildcard"),
            Refusal(text: "name: x\nmatches: [a/b]\nrules:\n  - keys: a\n", line: 2, says: "holds '/'"),
            Refusal(
                text: "name: x\nmatches: [\"a**\"]\nrules:\n  - keys: a\n", line: 2, says: "must be a whole segment"),
            Refusal(text: "name: x\ncompress: maybe\nrules:\n  - keys: a\n", line: 2, says: "'compress' must be"),
            Refusal(text: "name: x\ncacheControl: forever\nrules:\n  - keys: a\n", line: 2, says: "'cacheControl'"),
            Refusal(
                text: "name: x\ncacheControl: \"max-age=1\\r\\nX: y\"\nrules:\n  - keys: a\n", line: 2,
                says: "'cacheControl'"),
            Refusal(text: rules("  - keys: a\n    cacheControl: 3600\n"), line: 4, says: "'cacheControl'"),
            Refusal(
                text: "name: x\npublic: maybe\nrules:\n  - keys: a\n", line: 2, says: "'public' must be true or false"),
            Refusal(
                text: "name: x\ndescription: []\nrules:\n  - keys: a\n", line: 2, says: "'description' must be text"),
            Refusal(text: rules("  - maxSize: 1KB\n"), line: 3, says: "'keys' is missing"),
            Refusal(text: rules("  - a\n"), line: 3, says: "a rule must be a mapping"),
            Refusal(text: rules("  - keys: /a\n"), line: 3, says: "starts with '/'"),
            Refusal(text: rules("  - keys: a\n    size: 1\n"), line: 4, says: "unknown field 'size'"),
            Refusal(
                text: rules("  - keys: a\n  - keys: b\n  - keys: a\n"), line: 5, says: "the pattern 'a' is repeated"),
            Refusal(text: rules("  - keys: \"**\"\n  - keys: a/b\n"), line: 4, says: "can never apply"),
            Refusal(
                text: rules("  - keys: \"*/**\"\n    maxSize: 1KB\n  - keys: \"**/x\"\n"), line: 5,
                says: "can never apply"),
            Refusal(text: rules("  - keys: a\n    maxSize: 0\n"), line: 4, says: "'maxSize' must be"),
            Refusal(text: rules("  - keys: a\n    maxSize: 10MiB\n"), line: 4, says: "'maxSize' must be"),
            Refusal(text: rules("  - keys: a\n    maxSize: 5000000001\n"), line: 4, says: "at most 5GB"),
            Refusal(text: rules("  - keys: a\n    keep: 0d\n"), line: 4, says: "'keep' must be"),
            Refusal(text: rules("  - keys: a\n    keep: 90\n"), line: 4, says: "or forever"),
            Refusal(text: rules("  - keys: a\n    log: 1\n"), line: 4, says: "'log' must be true or false"),
            Refusal(text: rules("  - keys: a\n    maxEvents: 5\n"), line: 4, says: "is for logs only"),
            Refusal(
                text: rules("  - keys: a\n    log: false\n    stalledAfter: 5m\n"), line: 5, says: "is for logs only"),
            Refusal(text: rules("  - keys: a\n    endedBy: [x]\n"), line: 4, says: "is for logs only"),
            Refusal(
                text: rules("  - keys: a\n    log: true\n    endedBy: x\n"), line: 5, says: "'endedBy' must be a list"),
            Refusal(
                text: rules("  - keys: a\n    log: true\n    endedBy: [x, [y]]\n"), line: 5,
                says: "'endedBy' must be text"),
            Refusal(
                text: rules("  - keys: a\n    log: true\n    endedBy: [x, y, x]\n"), line: 5,
                says: "the agent 'x' is repeated"),
            Refusal(
                text: rules("  - keys: a\n    log: true\n    completeAt: 100\n"), line: 5,
                says: "'completeAt' must be progress or agent"),
            Refusal(
                text: rules("  - keys: a\n    log: true\n    maxEvents: 0\n"), line: 5, says: "'maxEvents' must be"),
            Refusal(
                text: rules("  - keys: a\n    log: true\n    maxEvents: 1000001\n"), line: 5,
                says: "from 1 to 1000000, or unlimited"),
            Refusal(
                text: rules("  - keys: a\n    log: true\n    maxSize: 64KB\n    maxBytes: 63KB\n"), line: 6,
                says: "room for one event"),
            Refusal(text: rules("  - keys: a\n    maxBytes: 1MB\n"), line: 4, says: "is for logs only"),
            Refusal(
                text: rules("  - keys: a\n    log: true\n    states: runs\n"), line: 5,
                says: "'states' must be run or none"),
            Refusal(
                text: rules("  - keys: a\n    log: true\n    states: none\n    stalledAfter: 5m\n"), line: 6,
                says: "say states: run"),
            Refusal(text: rules("  - keys: a\n    ttl: forever\n"), line: 4, says: "'ttl' must be a duration"),
            Refusal(text: rules("  - keys: a\n    ttl: 0s\n"), line: 4, says: "'ttl' must be a duration"),
            Refusal(text: rules("  - keys: a\n    slide: both\n"), line: 4, says: "'slide' must be write or read"),
            Refusal(
                text: rules("  - keys: a\n    log: true\n    stalledAfter: forever\n"), line: 5,
                says: "'stalledAfter' must be"),
        ])
    func refusals(refusal: Refusal) throws {
        let error = try #require(throws: LarderError.self) { try PolicyFile.parse(refusal.text, file: "Stores/x.yaml") }
        #expect(error.code == .invalidPolicy)
        #expect(error.message.hasPrefix("Stores/x.yaml:\(refusal.line): "), "\(error.message)")
        #expect(error.message.contains(refusal.says), "\(error.message)")
    }
}

@Suite("A policy book of files")
struct PolicyBookFilesTests {
    @Test("says where a name or a store is claimed twice")
    func clashPlaces() throws {
        let first = (name: "a.yaml", text: "name: a\nmatches:\n  - x\n  - \"*-x\"\nrules:\n  - keys: b\n")
        let sameName = (name: "b.yaml", text: "\nname: a\nmatches: [y]\nrules:\n  - keys: b\n")
        let sameStore = (name: "b.yaml", text: "name: b\nmatches:\n  - y\n  - z-x\nrules:\n  - keys: b\n")
        let byName = try #require(throws: LarderError.self) { try PolicyBook(files: [first, sameName]) }
        #expect(byName.message == "b.yaml:2: the policy name 'a' is taken by a.yaml:1")
        let byStore = try #require(throws: LarderError.self) { try PolicyBook(files: [first, sameStore]) }
        #expect(
            byStore.message.hasPrefix(
                "b.yaml:4: 'z-x' of policy 'b' claims store names that '*-x' of policy 'a' (a.yaml:4) claims too"))
    }
}
