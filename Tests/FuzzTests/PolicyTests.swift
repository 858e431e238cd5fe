import LarderModel
import LarderTestSupport
import StorePolicies
import Testing

@Suite("Fuzz: policies and patterns")
struct PolicyTests {
    // MARK: Files

    private static func quoted(_ text: String) -> String {
        "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }

    /// A policy and a file that says it.
    private static func file(_ dice: inout Seeded) throws -> (Policy, String) {
        let names = ["runs", "a.b", "site:x", "é", "no", "1", "~"]
        let globs = ["runs", "*-runs", "a*b", "é*"]
        let keys = ["*/a.json", "projects/*/runs/*/progress.json", "x/**", "**/y", "a/*/b"]
        let name = dice.pick(names)
        var chosen = dice.many(0...3) { $0.pick(globs) }
        chosen = chosen.enumerated().filter { chosen.firstIndex(of: $1) == $0 }.map(\.element)
        var text = "name: \(quoted(name))\n"
        if !chosen.isEmpty { text += "matches: [\(chosen.map(quoted).joined(separator: ", "))]\n" }
        let compression = dice.pick(Policy.Compression.allCases)
        let isPublic = dice.once(in: 2)
        let summary = dice.once(in: 2) ? "What is: in it # here" : ""
        if !summary.isEmpty { text += "description: '\(summary)'\n" }
        text += "compress: \(compression.rawValue)\npublic: \(isPublic)  # or not\nrules:\n"
        var rules: [Policy.Rule] = []
        for pattern in dice.many(0...3, { $0.pick(keys) }) + ["**"] {
            let glob = try Glob(pattern)
            guard !rules.contains(where: { $0.keys.covers(glob) }) else { continue }
            var rule = Policy.Rule(keys: glob, maxSize: ByteCount(Int64(dice.number(1...900)) * 1_000))
            text += "  - keys: \(quoted(pattern))\n    maxSize: \(rule.maxSize)\n"
            if dice.once(in: 2) {
                rule.keep = .seconds(dice.number(1...90) * 3_600)
                text += "    keep: \(rule.keep?.policyText ?? "")\n"
            } else if dice.once(in: 2) {
                text += "    keep: forever\n"
            }
            if dice.once(in: 3) {
                let count = dice.number(1...500)
                var log = Policy.LogRule(maxEvents: count, stalledAfter: .seconds(dice.number(1...900)))
                text +=
                    "    log: true\n    maxEvents: \(count)\n    stalledAfter: \(log.stalledAfter.policyText)\n"
                if dice.once(in: 2) {
                    let agents = ["pipeline", "a b", "é", "e\u{301}"].filter { _ in dice.once(in: 2) }
                    log.endedBy = agents.map { Identifier($0) }
                    text += "    endedBy: [\(agents.joined(separator: ", "))]\n"
                }
                if dice.once(in: 2) {
                    log.completeAt = dice.pick(Policy.Completion.allCases)
                    text += "    completeAt: \(log.completeAt.rawValue)\n"
                }
                rule.log = log
            } else if dice.once(in: 3) {
                let count = dice.number(1...KeptVersions.countMax), period = Duration.seconds(dice.number(1...90) * 60)
                rule.versions = dice.once(in: 2) ? .newest(count) : .period(period)
                text += "    versions: \(rule.versions == .newest(count) ? "\(count)" : period.policyText)\n"
            }
            rules.append(rule)
        }
        let matches = try (chosen.isEmpty ? [name] : chosen).map { try Glob($0) }
        return (
            Policy(
                name: name, matches: matches, summary: summary, compression: compression, isPublic: isPublic,
                rules: rules), text
        )
    }

    @Test("a file is read as the policy it says")
    func roundTrip() {
        Fuzz.run(400) { dice in
            let (policy, text) = try Self.file(&dice)
            let read = try PolicyFile.parse(text, file: "f.yaml")
            try Fuzz.require(read == policy, text)
        }
    }

    @Test("a damaged file is refused with its name and a line within it, or is a policy that keeps the bounds")
    func damaged() throws {
        let corpus = try Fuzz.corpus("policies").map { $0.text.replacing("\\n", with: "\n").bytes }
        let words = [
            ":", "- ", "\n", "  ", "\t", "#", "'", "\"", "[", "]", "{", "}", "&a ", "*a", "<<: ", "!!binary ", "| ",
            "---\n", "...", "%YAML 9",
            "\u{0}", "null",
            "~", "true", "name", "rules", "keys: \"**\"", "maxSize: 9GB", "log: true", "1e9",
        ]
        Fuzz.run(1_500) { dice in
            let source = dice.once(in: 2) ? try Self.file(&dice).1.bytes : dice.pick(corpus)
            let text = dice.damaged(source, words: words, times: 1...3).text
            let lines = text.count(where: \.isNewline) + 1
            do throws(LarderError) {
                let policy = try PolicyFile.parse(text, file: "f.yaml")
                let isBounded = policy.rules.allSatisfy { rule in
                    rule.maxSize.bytes > 0 && rule.maxSize <= PolicyBook.maxSizeDefault
                        && rule.log?.maxEvents.map { (1...1_000_000).contains($0) } ?? true
                }
                guard isBounded, !policy.rules.isEmpty, !policy.matches.isEmpty, (try? StoreName(policy.name)) != nil
                else {
                    throw LarderError(.internalError, "out of bounds")
                }
            } catch {
                guard error.code == .invalidPolicy, let match = error.message.firstMatch(of: /^f\.yaml:([0-9]+): ./),
                    let line = Int(match.1),
                    (1...lines + 1).contains(line)
                else { throw Fuzz.Broken(description: "\(error) for\n\(text)") }
            }
        }
    }

    // MARK: Patterns

    /// The pattern's meaning, by trying every way to part the key.
    private static func matches(_ pattern: [Substring], _ key: [Substring]) -> Bool {
        guard let first = pattern.first else { return key.isEmpty }
        if first == "**" {
            return (0...key.count).contains { matches(Array(pattern.dropFirst()), Array(key.dropFirst($0))) }
        }
        guard let segment = key.first else { return false }
        return wild(Array(first.utf8), Array(segment.utf8))
            && matches(Array(pattern.dropFirst()), Array(key.dropFirst()))
    }

    private static func wild(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        let rest = Array(pattern.dropFirst())
        if first == UInt8(ascii: "*") { return (0...text.count).contains { wild(rest, Array(text.dropFirst($0))) } }
        return text.first == first && wild(rest, Array(text.dropFirst()))
    }

    private static func pattern(_ dice: inout Seeded, segments: ClosedRange<Int> = 1...4) throws -> Glob {
        try Glob(
            dice.many(segments) { $0.pick(["a", "b", "*", "**", "a*", "*b", "a*b", "*a*"]) }.joined(separator: "/"))
    }

    private static func key(_ dice: inout Seeded, segments: ClosedRange<Int> = 1...5) -> String {
        let key = dice.many(segments) { $0.pick(["a", "b", "ab", "ba", "aab", ""]) }.joined(separator: "/")
        return key.isEmpty || key.hasPrefix("/") ? "a" + key : key
    }

    @Test("a pattern matches what its meaning says; one that covers another matches all that the other does")
    func patterns() {
        Fuzz.run(3_000) { dice in
            let (one, other) = (try Self.pattern(&dice), try Self.pattern(&dice))
            let key = Self.key(&dice)
            let split = { (text: String) in text.split(separator: "/", omittingEmptySubsequences: false) }
            try Fuzz.require(one.matches(key.bytes) == Self.matches(split(one.text), split(key)), "\(one) on \(key)")
            if one.covers(other), other.matches(key.bytes) {
                try Fuzz.require(one.matches(key.bytes), "\(one) covers \(other), but not \(key)")
            }
            try Fuzz.require(one.covers(one), "\(one) does not cover itself")
            // Store patterns: one segment.
            let (x, y) = (try Self.pattern(&dice, segments: 1...1), try Self.pattern(&dice, segments: 1...1))
            let name = Self.key(&dice, segments: 1...1)
            if x.matches(name.bytes), y.matches(name.bytes) {
                try Fuzz.require(x.overlaps(y), "\(x) and \(y) both match \(name)")
            }
            try Fuzz.require(x.overlaps(y) == y.overlaps(x), "\(x) and \(y)")
        }
    }
}
