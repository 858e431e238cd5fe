import LarderModel
import LarderTestSupport
import Testing

@Suite("A pattern")
struct GlobTests {
    @Test(
        "matches by segments",
        arguments: [
            ("**", "a", true), ("**", "a/b/c", true), ("**", "a//", true),
            ("*", "a", true), ("*", "a/b", false), ("*", "..", true),
            ("a", "a", true), ("a", "aa", false), ("a", "a/", false), ("a/", "a/", true),
            ("*/memory_index.json", "p/memory_index.json", true), ("*/memory_index.json", "memory_index.json", false),
            ("*/memory_index.json", "p/q/memory_index.json", false),
            ("projects/*/runs/*/progress.json", "projects/p/runs/r/progress.json", true),
            ("projects/*/runs/*/progress.json", "projects/p/runs/r/x/progress.json", false),
            ("projects/*/runs/*/progress.json", "projects//runs//progress.json", true),
            ("**/x", "x", true), ("**/x", "a/x", true), ("**/x", "a/b/x", true), ("**/x", "ax", false),
            ("a/**", "a", true), ("a/**", "a/b/c", true), ("a/**", "ab", false),
            ("a/**/z", "a/z", true), ("a/**/z", "a/b/c/z", true), ("a/**/z", "a/z/b", false),
            ("**/a/**/b", "a/a/b/b", true), ("**/a/**/b", "b/a", false),
            ("*-runs", "acme-runs", true), ("*-runs", "-runs", true), ("*-runs", "runs", false),
            ("*-runs", "acme-runs2", false),
            ("a*b*c", "abc", true), ("a*b*c", "aXbYbZc", true), ("a*b*c", "acb", false), ("*é*", "café", true),
            ("?", "a", false), ("[ab]", "a", false), ("a.c", "abc", false),
        ])
    func matches(pattern: String, key: String, expected: Bool) throws {
        #expect(try Glob(pattern).matches(key.bytes) == expected)
    }

    @Test(
        "is refused when empty, starting with a slash, or with '**' glued to other characters",
        arguments: ["", "/", "/a", "a**", "**a", "a/b**/c", "***", "a**b"])
    func invalid(text: String) throws {
        let error = try #require(throws: LarderError.self) { try Glob(text) }
        #expect(error.code == .invalidPolicy)
    }

    @Test(
        "is literal without a wildcard",
        arguments: [("a/b", true), ("a", true), ("*", false), ("a/**", false), ("a*/b", false)])
    func literal(text: String, expected: Bool) throws {
        #expect(try Glob(text).isLiteral == expected)
    }

    @Test("takes no time over a key made to be slow")
    func hostile() throws {
        let key = Array(repeating: "a", count: 300).joined(separator: "/").bytes
        #expect(try !Glob("**/a/**/a/**/a/**/a/**/a/**/b").matches(key))
        #expect(try !Glob("*a*a*a*a*a*a*a*a*b").matches([UInt8](repeating: UInt8(ascii: "a"), count: 600)))
    }

    /// Segments of the random patterns; no segment of a key needs more than their letters and one that no pattern
    /// holds.
    private static let patternSegments = ["**", "*", "a", "b", "a*", "*a", "a*b"]
    private static let keySegments = ["a", "b", "c", "aa", "ab", "acb", "ca", "ac"]

    /// All keys of up to four segments.
    private static let keys: [[UInt8]] = {
        var all: [[String]] = [[]]
        var keys: [[UInt8]] = []
        for _ in 1...4 {
            all = all.flatMap { key in keySegments.map { key + [$0] } }
            keys += all.map { $0.joined(separator: "/").bytes }
        }
        return keys
    }()

    private static func randomPattern(_ random: inout Seeded) throws -> Glob {
        try Glob(
            (0..<Int.random(in: 1...3, using: &random)).map { _ in random.pick(patternSegments) }.joined(separator: "/")
        )
    }

    @Test("covers another exactly when it matches all that the other matches", arguments: 0..<8)
    func covers(seed: UInt64) throws {
        var random = Seeded(seed)
        var covered = 0
        for _ in 0..<60 {
            let (a, b) = (try Self.randomPattern(&random), try Self.randomPattern(&random))
            let expected = Self.keys.allSatisfy { !b.matches($0) || a.matches($0) }
            #expect(a.covers(b) == expected, "\(a) covers \(b)")
            if expected { covered += 1 }
        }
        #expect(covered > 0, "a property that is never true is not tested")
    }

    @Test(
        "covers what a later rule can not add to",
        arguments: [
            ("**", "a/b", true), ("**", "**", true), ("*/**", "**/x", true), ("**/*", "*/**", true), ("*", "a", true),
            ("a", "*", false),
            ("a/*", "a/**", false), ("a/**", "a/*", true), ("**/x", "x", true), ("x", "**/x", false),
            ("a*", "ab*", true), ("ab*", "a*", false),
            ("*a*", "a", true), ("**/a/**", "a/**/b", true), ("*/**", "**", true), ("*/*/**", "**", false),
            ("a/**/b", "a/b", true),
        ])
    func coversTable(a: String, b: String, expected: Bool) throws {
        #expect(try Glob(a).covers(Glob(b)) == expected)
    }

    @Test("overlaps another exactly when some store name is matched by both", arguments: 0..<8)
    func overlaps(seed: UInt64) throws {
        var random = Seeded(seed &+ 100)
        // All names of up to six letters of three.
        var names: [String] = []
        var last = [""]
        for _ in 1...6 {
            last = last.flatMap { name in ["a", "b", "-"].map { name + $0 } }
            names += last
        }
        let bytes = names.map(\.bytes)
        func pattern() throws -> Glob {
            let text = (0..<Int.random(in: 1...4, using: &random)).map { _ in random.pick(["a", "b", "-", "*"]) }
                .joined()
            return try Glob(text.replacing("**", with: "*a"))
        }
        for _ in 0..<60 {
            let (a, b) = (try pattern(), try pattern())
            let expected = bytes.contains { a.matches($0) && b.matches($0) }
            #expect(a.overlaps(b) == expected, "\(a) overlaps \(b)")
            #expect(b.overlaps(a) == expected, "\(b) overlaps \(a)")
        }
    }
}
