/// A word that grows by folded scalars, up to ``Tokenizer/maxWordBytes``.
struct WordBuffer {
    private(set) var bytes: [UInt8] = []
    /// Scalars that were appended.
    private(set) var count = 0
    /// More was appended than it holds: it is the beginning only.
    private(set) var isCut = false
    private var last: Unicode.Scalar = "\0"
    private var lastStart = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ scalar: Unicode.Scalar) {
        count += 1
        last = scalar
        lastStart = bytes.count
        guard !isCut else { return }
        Folding.append(scalar, to: &bytes)
        cut(to: lastStart)
    }

    mutating func append(_ word: WordBuffer) {
        count += word.count
        let start = bytes.count
        bytes.append(contentsOf: word.bytes)
        cut(to: start)
        isCut = isCut || word.isCut
    }

    private mutating func cut(to length: Int) {
        guard bytes.count > Tokenizer.maxWordBytes else { return }
        bytes.removeLast(bytes.count - length)
        isCut = true
    }

    /// Takes the last scalar back. It is one that was appended by itself.
    mutating func removeLast() -> Unicode.Scalar {
        count -= 1
        bytes.removeLast(bytes.count - lastStart)
        return last
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        count = 0
        isCut = false
    }
}
