/// A key or store pattern of a policy: segments separated by `/`, where `*` inside a segment is any run of characters without `/`
/// and a segment `**` is any number of whole segments, none included. `*` alone is one segment, whatever it holds.
package struct Glob: Hashable, Sendable, CustomStringConvertible {
    package let text: String
    private let segments: [[UInt8]]

    package var description: String { text }

    /// - Throws: ``LarderError`` `.invalidPolicy` for an empty pattern, one that starts with `/`, or `**` glued to other characters.
    package init(_ text: String) throws(LarderError) {
        guard !text.isEmpty else { throw LarderError(.invalidPolicy, "a pattern is empty") }
        guard text.utf8.first != slash else { throw LarderError(.invalidPolicy, "the pattern '\(text)' starts with '/', but keys never do") }
        segments = text.utf8.split(separator: slash, omittingEmptySubsequences: false).map(Array.init)
        for segment in segments where segment.count > 2 || segment.count == 2 && segment != doubleStar {
            for i in segment.indices.dropLast() where segment[i] == star && segment[i + 1] == star {
                throw LarderError(.invalidPolicy, "in the pattern '\(text)', '**' must be a whole segment")
            }
        }
        self.text = text
    }

    /// Whether the pattern holds no wildcard: it matches one name only.
    package var isLiteral: Bool { !segments.contains { $0.contains(star) } }

    package func matches(_ key: [UInt8]) -> Bool {
        if segments.count == 1, segments[0] == doubleStar { return true }
        let parts = key.split(separator: slash, omittingEmptySubsequences: false)
        return Self.match(segments[...], parts[...])
    }

    /// Bounded: a pattern is short (a line of YAML) and a key has at most 600 segments.
    private static func match(_ pattern: ArraySlice<[UInt8]>, _ parts: ArraySlice<ArraySlice<UInt8>>) -> Bool {
        guard let head = pattern.first else { return parts.isEmpty }
        if head == doubleStar {
            let rest = pattern.dropFirst()
            if rest.isEmpty { return true }
            return (0...parts.count).contains { match(rest, parts.dropFirst($0)) }
        }
        guard let part = parts.first, matchSegment(head[...], part) else { return false }
        return match(pattern.dropFirst(), parts.dropFirst())
    }

    /// Two-pointer wildcard match: linear in practice, no recursion.
    private static func matchSegment(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        var p = pattern.startIndex, t = text.startIndex
        var lastStar: (pattern: Int, text: Int)?
        while t < text.endIndex {
            if p < pattern.endIndex, pattern[p] == star {
                lastStar = (p, t)
                p += 1
            } else if p < pattern.endIndex, pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let (starAt, from) = lastStar {
                lastStar = (starAt, from + 1)
                p = starAt + 1
                t = from + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == star }
    }

    /// Whether every name that `other` matches is matched by this pattern too, so that a later rule with `other` could never apply.
    package func covers(_ other: Glob) -> Bool { Self.covers(segments[...], other.segments[...]) }

    private static func covers(_ a: ArraySlice<[UInt8]>, _ b: ArraySlice<[UInt8]>) -> Bool {
        guard let head = a.first else { return b.isEmpty }
        if head == doubleStar {
            return covers(a.dropFirst(), b) || (!b.isEmpty && covers(a, b.dropFirst()))
        }
        guard let other = b.first, other != doubleStar else { return false }
        // A wildcard of `other` stands for itself here: only a wildcard of ours can swallow it.
        return matchSegment(head[...], other[...]) && covers(a.dropFirst(), b.dropFirst())
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
