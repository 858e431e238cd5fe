/// A `Range` header in bytes (RFC 9110 §14).
package enum ByteRange {
    /// Ranges asked for in one request; more are refused, for each costs a part of the answer.
    package static let maxRanges = 64

    package enum Outcome: Sendable, Equatable {
        /// No range, or one that RFC 9110 says to ignore (another unit, malformed): answer the whole.
        case whole
        /// At least one satisfiable range, in the order asked for.
        case ranges([Range<Int64>])
        /// 416: none of the ranges lies within the content, or they are too many or overlap to more than the content.
        case unsatisfiable
    }

    /// - Parameters:
    ///   - header: the field value, nil when absent.
    ///   - size: the content's length in bytes.
    package static func resolve(_ header: String?, size: Int64) -> Outcome {
        guard let header, header.lowercased().hasPrefix("bytes=") else { return .whole }
        var ranges: [Range<Int64>] = []
        var asked = 0
        for spec in header.dropFirst(6).split(separator: ",", omittingEmptySubsequences: true) {
            let text = trimmed(spec)
            guard !text.isEmpty else { continue }
            asked += 1
            guard asked <= maxRanges else { return .unsatisfiable }
            guard let dash = text.firstIndex(of: "-") else { return .whole }
            guard let first = bound(text[..<dash]), let last = bound(text[text.index(after: dash)...]) else {
                return .whole
            }
            switch (first, last) {
            case (.none, .none): return .whole
            case (.none, .some(let suffix)):
                if suffix > 0, size > 0 { ranges.append(max(0, size - suffix)..<size) }
            case (.some(let from), .none):
                if from < size { ranges.append(from..<size) }
            case (.some(let from), .some(let to)):
                guard from <= to else { return .whole }
                if from < size { ranges.append(from..<(min(to, size - 1) + 1)) }
            }
        }
        guard asked > 0 else { return .whole }
        guard !ranges.isEmpty else { return .unsatisfiable }
        // Many overlapping ranges are an old way to make a server send far more than it keeps.
        let total = ranges.reduce(Int64(0)) { $0 + Int64($1.count) }
        return ranges.count > 1 && total > size ? .unsatisfiable : .ranges(ranges)
    }

    private static func trimmed(_ spec: Substring) -> Substring {
        var text = spec.drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }

    private static func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }

    /// `.some(nil)` for an empty bound, nil for one that is not a number. Numbers beyond Int64 are clamped: they lie
    /// behind any content.
    private static func bound(_ text: some StringProtocol) -> Int64?? {
        if text.isEmpty { return .some(nil) }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return .some(Int64(text) ?? Int64.max - 1)
    }
}
