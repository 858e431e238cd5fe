/// A key or store pattern of a policy: segments separated by `/`, where `*` inside a segment is any run of characters
/// without `/` and a segment `**` is any number of whole segments, none included. `*` alone is one segment, whatever it
/// holds.
package struct Glob: Hashable, Sendable, CustomStringConvertible {
    package let text: String
    private let segments: [[UInt8]]

    package var description: String { text }

    /// - Throws: ``LarderError`` `.invalidPolicy` for an empty pattern, one that starts with `/`, or `**` glued to
    ///   other characters.
    package init(_ text: String) throws(LarderError) {
        guard !text.isEmpty else { throw LarderError(.invalidPolicy, "a pattern is empty") }
        guard text.utf8.first != slash else {
            throw LarderError(
                .invalidPolicy, "the pattern '\(text)' starts with '/', but keys hardly do; **/ matches those that do")
        }
        segments = text.utf8.split(separator: slash, omittingEmptySubsequences: false).map(Array.init)
        for segment in segments where segment.count > 2 || segment.count == 2 && segment != doubleStar {
            for i in segment.indices.dropLast() where segment[i] == star && segment[i + 1] == star {
                throw LarderError(.invalidPolicy, "in the pattern '\(text)', '**' must be a whole segment")
            }
        }
        self.text = text
    }

    /// The same pattern, where it may be one of stores' names.
    /// - Throws: ``LarderError`` `.invalidPolicy` for characters that are wildcards elsewhere and would be taken
    ///   literally here.
    package func forStores() throws(LarderError) -> Glob {
        if let foreign = text.first(where: { "[]{}?".contains($0) }) {
            throw LarderError(
                .invalidPolicy,
                "in the pattern '\(text)', '\(foreign)' is no wildcard: * is any run of characters, and there "
                    + "is no other"
            )
        }
        return self
    }

    /// Whether the pattern holds no wildcard: it matches one name only.
    package var isLiteral: Bool { !segments.contains { $0.contains(star) } }

    package func matches(_ key: [UInt8]) -> Bool {
        if segments.count == 1, segments[0] == doubleStar { return true }
        let parts = key.split(separator: slash, omittingEmptySubsequences: false)
        return Self.match(segments, parts, isWild: { $0 == doubleStar }, matchesOne: { Self.matchSegment($0[...], $1) })
    }

    private static func matchSegment(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        match(pattern, text, isWild: { $0 == star }, matchesOne: ==)
    }

    /// Two-pointer wildcard match: at most pattern × text steps, for a client chooses the text. Only the last wildcard
    /// is ever widened, since a shorter stretch of an earlier one leaves the rest no less to match.
    private static func match<Pattern: RandomAccessCollection, Text: RandomAccessCollection>(
        _ pattern: Pattern, _ text: Text, isWild: (Pattern.Element) -> Bool,
        matchesOne: (Pattern.Element, Text.Element) -> Bool
    ) -> Bool where Pattern.Index == Int, Text.Index == Int {
        var p = pattern.startIndex, t = text.startIndex
        var lastWild: (pattern: Int, text: Int)?
        while t < text.endIndex {
            if p < pattern.endIndex, isWild(pattern[p]) {
                lastWild = (p, t)
                p += 1
            } else if p < pattern.endIndex, matchesOne(pattern[p], text[t]) {
                p += 1
                t += 1
            } else if let (wildAt, from) = lastWild {
                lastWild = (wildAt, from + 1)
                p = wildAt + 1
                t = from + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy(isWild)
    }

    /// Whether every name that `other` matches is matched by this pattern too, so that a later rule with `other` could
    /// never apply.
    ///
    /// Walks `other` with the set of places that this pattern can be at. A wildcard of `other` stands for itself: only
    /// a wildcard of ours can swallow it. A `**` of `other` is any number of such segments, until the set has been seen
    /// before.
    package func covers(_ other: Glob) -> Bool {
        struct Step: Hashable {
            let places: Set<Int>
            let at: Int
            /// No name is without a segment, so that `**` covers no more than `*/**`.
            var hasSegment = true
        }
        var steps = [Step(places: withWildSkipped([0]), at: 0, hasSegment: false)]
        var seen: Set<Step> = []
        while let step = steps.popLast() {
            guard !step.places.isEmpty else { return false }
            guard seen.insert(step).inserted else { continue }
            guard step.at < other.segments.count else {
                guard step.places.contains(segments.count) || !step.hasSegment else { return false }
                continue
            }
            let segment = other.segments[step.at]
            if segment == doubleStar {
                steps.append(Step(places: step.places, at: step.at + 1, hasSegment: step.hasSegment))
                steps.append(Step(places: places(from: step.places, behind: [star]), at: step.at))
            } else {
                steps.append(Step(places: places(from: step.places, behind: segment), at: step.at + 1))
            }
        }
        return true
    }

    /// Where this pattern can be once a segment of another pattern lies behind it.
    private func places(from places: Set<Int>, behind segment: [UInt8]) -> Set<Int> {
        var next: Set<Int> = []
        for place in places where place < segments.count {
            if segments[place] == doubleStar {
                next.insert(place)
            } else if Self.matchSegment(segments[place][...], segment[...]) {
                next.insert(place + 1)
            }
        }
        return withWildSkipped(next)
    }

    /// A `**` may stand for no segment at all.
    private func withWildSkipped(_ places: Set<Int>) -> Set<Int> {
        var all = places
        for place in places {
            var next = place
            while next < segments.count, segments[next] == doubleStar {
                next += 1
                all.insert(next)
            }
        }
        return all
    }

    /// Whether some name is matched by both. Exact for patterns of one segment, which is what store patterns are.
    package func overlaps(_ other: Glob) -> Bool {
        guard segments.count == 1, other.segments.count == 1 else { return covers(other) || other.covers(self) }
        return Self.overlap(segments[0][...], other.segments[0][...])
    }

    private static func overlap(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Bool {
        guard let x = a.first else { return b.allSatisfy { $0 == star } }
        guard let y = b.first else { return a.allSatisfy { $0 == star } }
        if x == star { return overlap(a.dropFirst(), b) || overlap(a, b.dropFirst()) }
        if y == star { return overlap(a, b.dropFirst()) || overlap(a.dropFirst(), b) }
        return x == y && overlap(a.dropFirst(), b.dropFirst())
    }
}

private let slash = UInt8(ascii: "/")
private let star = UInt8(ascii: "*")
private let doubleStar = [star, star]
