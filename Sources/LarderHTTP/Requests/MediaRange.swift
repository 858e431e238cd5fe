/// One of the media ranges of an `Accept` field (RFC 9110 §12.5.1).
struct MediaRange {
    /// In lower case, without parameters.
    let type: String
    /// Those before and behind `q`, in lower case and without blanks: `charset=utf-8`.
    let parameters: [String]
    /// Whether its `q` is above 0.
    let isWanted: Bool

    /// The ranges of a field's value. Commas and semicolons within quotes divide nothing.
    static func list(_ value: String) -> [MediaRange] {
        value.utf8.parts(dividedBy: UInt8(ascii: ",")).map { MediaRange($0) }
    }

    private init(_ text: Substring.UTF8View) {
        let parts = text.parts(dividedBy: UInt8(ascii: ";")).map { part in
            String(decoding: part.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }, as: UTF8.self)
                .lowercased()
        }
        type = parts.first ?? ""
        isWanted = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1 > 0
        parameters = parts.dropFirst().filter { !$0.hasPrefix("q=") }
    }
}

extension BidirectionalCollection<UInt8> {
    /// The parts between dividers that do not stand within quotes.
    fileprivate func parts(dividedBy divider: UInt8) -> [SubSequence] {
        var isQuoted = false, isEscaped = false
        return split(omittingEmptySubsequences: false) { byte in
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\"), isQuoted {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            }
            return byte == divider && !isQuoted
        }
    }
}
