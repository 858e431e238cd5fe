/// Cuts a long text into passages that overlap, so that each has a vector of its own and none is too long for a model.
///
/// A passage ends behind a paragraph; where none ends in its second half, behind a sentence; else behind a word; else
/// where it is full. Together they cover the whole text, and none ends inside a Unicode scalar.
package enum Passages {
    /// Characters are Unicode scalars here.
    package static let maxCharacters = 1_200
    /// A passage begins with so many of the last characters of the one before, or with as many of them as follow the
    /// first space: it begins with a whole word where there is one.
    package static let sharedCharacters = 120

    /// - Returns: Offsets in bytes of the text's UTF-8. A text of at most ``maxCharacters`` is one passage, also when
    ///   it is empty.
    package static func cut(_ text: String) -> [Range<Int>] {
        // A scalar has at least a byte.
        if text.utf8.count <= maxCharacters { return [0..<text.utf8.count] }
        let marks = marks(of: text)
        var passages: [Range<Int>] = []
        var start = 0
        while true {
            let full = start + maxCharacters
            if full >= marks.count - 1 {
                passages.append(marks[start].offset..<marks[marks.count - 1].offset)
                return passages
            }
            let end = end(after: start, full: full, marks)
            passages.append(marks[start].offset..<marks[end].offset)
            // Both halves are longer than what is shared, so that each passage begins behind the last.
            start = self.start(before: end, marks)
        }
    }

    /// The best place to cut in the second half of what fits.
    private static func end(after start: Int, full: Int, _ marks: [Mark]) -> Int {
        var best = (place: full, rank: marks[full].boundary)
        var place = full
        while place > start + maxCharacters / 2, best.rank < .paragraph {
            if marks[place].boundary > best.rank { best = (place, marks[place].boundary) }
            place -= 1
        }
        return best.place
    }

    /// Where the next passage begins: at the first word in what is shared.
    private static func start(before end: Int, _ marks: [Mark]) -> Int {
        let first = end - sharedCharacters
        return (first..<end).first { marks[$0].boundary >= .word } ?? first
    }

    // MARK: Boundaries

    private enum Boundary: UInt8, Comparable {
        case none, word, sentence, paragraph

        static func < (one: Boundary, other: Boundary) -> Bool { one.rawValue < other.rawValue }
    }

    /// A place between two scalars, or an end of the text.
    private struct Mark {
        let offset: Int
        /// What ends in front of it.
        let boundary: Boundary
    }

    /// One more than there are scalars.
    private static func marks(of text: String) -> [Mark] {
        var marks: [Mark] = []
        marks.reserveCapacity(text.utf8.count + 1)
        var offset = 0
        var finder = BoundaryFinder()
        for scalar in text.unicodeScalars {
            marks.append(Mark(offset: offset, boundary: finder.boundary(before: scalar)))
            offset += UTF8.width(scalar)
        }
        marks.append(Mark(offset: offset, boundary: .paragraph))
        return marks
    }

    /// Tells what ended in front of a scalar by what came before it.
    private struct BoundaryFinder {
        private var newlines = 0
        private var isSpace = false
        /// A full stop or the like, and maybe closing quotes behind it.
        private var isStop = false
        /// One of those that no space follows.
        private var isWideStop = false

        mutating func boundary(before scalar: Unicode.Scalar) -> Boundary {
            let sign = Sign(scalar)
            let found = boundary(before: sign)
            note(sign)
            return found
        }

        private func boundary(before sign: Sign) -> Boundary {
            switch sign {
            case .newline, .paragraphEnd, .space: .none
            case _ where newlines >= 2: .paragraph
            case _ where (isStop && isSpace) || (isWideStop && sign != .closing) || newlines == 1: .sentence
            default: isSpace ? .word : .none
            }
        }

        private mutating func note(_ sign: Sign) {
            switch sign {
            case .newline, .paragraphEnd:
                newlines += sign == .newline ? 1 : 2
                isSpace = true
            case .space: isSpace = true
            case .stop, .wideStop, .closing, .other:
                isStop = sign == .stop || (sign == .closing && isStop && !isSpace)
                isWideStop = sign == .wideStop || (sign == .closing && isWideStop)
                newlines = 0
                isSpace = false
            }
        }
    }

    /// What a scalar says of the end of a sentence or paragraph.
    private enum Sign {
        case newline, paragraphEnd, space, stop, wideStop, closing, other

        init(_ scalar: Unicode.Scalar) {
            switch scalar {
            case "\n", "\u{85}", "\u{2028}": self = .newline
            case "\u{2029}": self = .paragraphEnd
            case " ", "\t", "\r": self = .space
            case "a"..."z", "A"..."Z", "0"..."9": self = .other
            case ".", "?", "!", "…", "։", "؟", "۔", "।", "॥": self = .stop
            case "。", "！", "？", "｡": self = .wideStop
            case "\"", "'", ")", "]", "}", "»", "”", "’", "」", "』", "）", "】": self = .closing
            default: self = scalar.properties.isWhitespace ? .space : .other
            }
        }
    }
}
