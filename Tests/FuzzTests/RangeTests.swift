import LarderModel
import LarderTestSupport
import Testing

@Suite("Fuzz: Range")
struct RangeTests {
    /// RFC 9110 §14 once more, from its grammar, with sets of offsets in place of arithmetic; for contents of a few
    /// bytes.
    private static func oracle(_ header: String, size: Int) -> ByteRange.Outcome {
        guard let whole = header.wholeMatch(of: /(?i:bytes)=(.*)/.dotMatchesNewlines()) else { return .whole }
        let specs = String(whole.1).split(separator: ",", omittingEmptySubsequences: false)
            .map { $0.trimmingBlanks() }.filter { !$0.isEmpty }
        if specs.isEmpty { return .whole }
        if specs.count > 64 { return .unsatisfiable }
        var ranges: [Range<Int64>] = []
        let offsets = Array(0..<size)
        for spec in specs {
            guard let match = spec.wholeMatch(of: /([0-9]*)-([0-9]*)/), !(match.1.isEmpty && match.2.isEmpty) else {
                return .whole
            }
            let first = match.1.isEmpty ? nil : Int(match.1) ?? Int.max,
                last = match.2.isEmpty ? nil : Int(match.2) ?? Int.max
            if let first, let last, first > last { return .whole }
            let chosen: ArraySlice<Int>
            if match.1.isEmpty {
                chosen = offsets.suffix(min(last ?? size, size))
            } else {
                chosen = offsets.filter { $0 >= first ?? Int.max && (match.2.isEmpty || $0 <= last ?? Int.max) }[...]
            }
            if let low = chosen.first, let high = chosen.last { ranges.append(Int64(low)..<Int64(high) + 1) }
        }
        if ranges.isEmpty { return .unsatisfiable }
        return ranges.count > 1 && ranges.reduce(0, { $0 + $1.count }) > size ? .unsatisfiable : .ranges(ranges)
    }

    private static let words = [
        "bytes=", "-", ",", "0", "1", "5", "12", " ", "\t", "99999999999999999999", "+1", "٣", "=", ";",
    ]

    private static func check(_ header: String, _ size: Int) throws {
        // What the RFC calls too many, or malformed behind the 64th, may be said either way.
        guard header.filter({ $0 == "," }).count < 60 else { return }
        let (ours, theirs) = (ByteRange.resolve(header, size: Int64(size)), oracle(header, size: size))
        try Fuzz.require(ours == theirs, "\(header.debugDescription) of \(size): \(ours), not \(theirs)")
    }

    @Test("is resolved as RFC 9110's grammar says")
    func agreement() throws {
        let corpus = try Fuzz.corpus("range")
        for header in corpus { try Self.check(header.text, 10) }
        Fuzz.run(4_000) { dice in
            let size = dice.number(0...24)
            let specs = dice.many(1...4) { dice in
                let (a, b) = (dice.number(0...30), dice.number(0...30))
                return dice.pick(["\(a)-\(b)", "\(min(a, b))-\(max(a, b))", "\(a)-", "-\(b)", " \(a)-\(a) "])
            }
            try Self.check("bytes=" + specs.joined(separator: ","), size)
            try Self.check(dice.damaged(dice.pick(corpus), words: Self.words).text, size)
        }
    }
}

extension Substring {
    fileprivate func trimmingBlanks() -> Substring {
        var text = drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
