/// Whoever wants the words of a text.
protocol WordSink {
    /// - Parameter word: UTF-8, 1 to ``Tokenizer/maxWordBytes`` bytes.
    mutating func take(_ word: ArraySlice<UInt8>)
}

/// Goes through a text once, and gives out parts, names and paths as they end. ``Tokenizer`` says what these are.
struct WordScanner<Sink: WordSink> {
    private(set) var sink: Sink
    /// The path so far, folded. The name and the part that are under way are its ends.
    private var path: [UInt8] = []
    private var nameStart = 0
    private var partStart = 0
    /// Scalars of the part, and where the last of them begins.
    private var partCount = 0
    private var lastStart = 0
    private var last = ScalarKind.separator
    /// The name had a part that ended, or the path a name.
    private var nameHasParts = false
    private var pathHasNames = false
    /// The part is next to an apostrophe.
    private var isByApostrophe = false
    /// What came behind the last letter and may join it to the next.
    private var signs: [Unicode.Scalar] = []
    /// A `#` or `@` that a word may begin with.
    private var prefix: Unicode.Scalar?
    /// The last scalar of a run without spaces, and whether it was given out.
    private var unspaced: (scalar: Unicode.Scalar, isOut: Bool)?

    init(_ sink: Sink) { self.sink = sink }

    mutating func scan(_ text: String) {
        for scalar in text.unicodeScalars { step(scalar.isASCII ? scalar : Folding.narrow(scalar)) }
        endPath()
        endRun()
    }

    private mutating func step(_ scalar: Unicode.Scalar) {
        let kind = ScalarKind.of(scalar)
        switch kind {
        case .letter, .capital, .digit:
            endRun()
            join()
            continueWord(scalar, kind)
        case .unspaced, .ideograph:
            endPath()
            continueRun(scalar, kind)
        case .joiner, .apostrophe, .connector, .plus:
            endRun()
            note(scalar)
        case .separator:
            endPath()
            endRun()
        case .ignored: break
        }
    }

    // MARK: Words

    private mutating func continueWord(_ scalar: Unicode.Scalar, _ kind: ScalarKind) {
        if partCount > 0, kind == .capital, last == .letter || last == .digit {
            endPart()
        } else if partCount > 1, kind == .letter, last == .capital {
            // The last capital begins a part of its own: `HTTPServer`.
            let start = lastStart
            endPart(at: start)
            partCount = 1
        }
        lastStart = path.count
        Folding.append(scalar, to: &path)
        partCount += 1
        last = kind
    }

    /// What a sign may mean is known at the next scalar.
    private mutating func note(_ scalar: Unicode.Scalar) {
        if partCount > 0 {
            if signs.isEmpty || (signs == [scalar] && scalar == "+") { return signs.append(scalar) }
            // Any number of low lines is one.
            if signs == ["_"], scalar == "_" { return }
            endPath()
        }
        prefix = scalar == "#" || scalar == "@" ? scalar : nil
    }

    /// Signs have a letter on either side now.
    private mutating func join() {
        guard let sign = signs.first else { return }
        let kind = ScalarKind.of(sign)
        switch kind {
        case .joiner, .apostrophe:
            isByApostrophe = isByApostrophe || kind == .apostrophe
            endPart()
            isByApostrophe = kind == .apostrophe
            signs.removeAll(keepingCapacity: true)
        case .connector:
            endName()
            pathHasNames = true
            Folding.append(sign, to: &path)
            (nameStart, partStart) = (path.count, path.count)
            signs.removeAll(keepingCapacity: true)
        default: endPath()
        }
    }

    /// - Parameter end: Where it ends in the path, and another begins; nil: at its end.
    private mutating func endPart(at end: Int? = nil) {
        let end = end ?? path.count
        if partCount > 1 || !isByApostrophe { give(path[partStart..<end]) }
        nameHasParts = true
        isByApostrophe = false
        partStart = end
        partCount = 0
        last = .separator
    }

    private mutating func endName() {
        let name = path[nameStart...]
        if nameHasParts {
            endPart()
            giveWhole(name)
        } else {
            give(name)
        }
        if let prefix { giveWhole([UInt8(ascii: prefix)] + name) }
        prefix = nil
        nameHasParts = false
        isByApostrophe = false
        partCount = 0
        last = .separator
    }

    private mutating func endPath() {
        if !path.isEmpty {
            endName()
            if signs == ["#"] || signs == ["+", "+"] { giveWhole(path[nameStart...] + signs.map { UInt8(ascii: $0) }) }
            if pathHasNames { giveWhole(path[...]) }
            path.removeAll(keepingCapacity: true)
            (nameStart, partStart) = (0, 0)
            pathHasNames = false
        }
        prefix = nil
        if !signs.isEmpty { signs.removeAll(keepingCapacity: true) }
    }

    /// A word, or its beginning where it is too long.
    private mutating func give(_ word: ArraySlice<UInt8>) {
        if word.count <= Tokenizer.maxWordBytes { return sink.take(word) }
        var end = word.startIndex + Tokenizer.maxWordBytes
        while UTF8.isContinuation(word[end]) { end -= 1 }
        sink.take(word[..<end])
    }

    /// A word that is left to its parts where it is too long.
    private mutating func giveWhole(_ word: ArraySlice<UInt8>) {
        if word.count <= Tokenizer.maxWordBytes { sink.take(word) }
    }

    // MARK: Runs without spaces

    private mutating func continueRun(_ scalar: Unicode.Scalar, _ kind: ScalarKind) {
        if let before = unspaced { give([before.scalar, scalar]) }
        if kind == .ideograph { give([scalar]) }
        unspaced = (scalar, isOut: unspaced != nil || kind == .ideograph)
    }

    private mutating func endRun() {
        guard let before = unspaced else { return }
        if !before.isOut { give([before.scalar]) }
        unspaced = nil
    }

    private mutating func give(_ scalars: [Unicode.Scalar]) {
        var word: [UInt8] = []
        for scalar in scalars { Folding.append(scalar, to: &word) }
        sink.take(word[...])
    }
}
