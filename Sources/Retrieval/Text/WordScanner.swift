/// Whoever wants the words of a text.
protocol WordSink {
    /// - Parameter word: UTF-8, 1 to ``Tokenizer/maxWordBytes`` bytes.
    mutating func take(_ word: [UInt8])
}

/// Goes through a text once, and gives out parts, names and paths as they end. ``Tokenizer`` says what these are.
struct WordScanner<Sink: WordSink> {
    private(set) var sink: Sink
    private var part = WordBuffer()
    private var name = WordBuffer()
    private var path = WordBuffer()
    private var pair = WordBuffer()
    /// The name had a part that ended, or the path a name.
    private var nameHasParts = false
    private var pathHasNames = false
    /// The part is next to an apostrophe.
    private var isByApostrophe = false
    /// What came behind the last letter and may join it to the next.
    private var signs: [Unicode.Scalar] = []
    /// A `#` or `@` that a word may begin with.
    private var prefix: Unicode.Scalar?
    private var last = ScalarKind.separator
    /// The last scalar of a run without spaces, and whether it was given out.
    private var unspaced: (scalar: Unicode.Scalar, isOut: Bool)?

    init(_ sink: Sink) { self.sink = sink }

    mutating func scan(_ text: String) {
        for scalar in text.unicodeScalars { step(Folding.narrow(scalar)) }
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
        if kind == .capital, last == .letter || last == .digit, !part.isEmpty {
            endPart()
        } else if kind == .letter, last == .capital, part.count > 1 {
            // The last capital begins a part of its own: `HTTPServer`.
            let moved = part.removeLast()
            endPart()
            part.append(moved)
        }
        part.append(scalar)
        name.append(scalar)
        path.append(scalar)
        last = kind
    }

    /// What a sign may mean is known at the next scalar.
    private mutating func note(_ scalar: Unicode.Scalar) {
        if !part.isEmpty {
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
        switch ScalarKind.of(sign) {
        case .joiner, .apostrophe:
            isByApostrophe = isByApostrophe || ScalarKind.of(sign) == .apostrophe
            endPart()
            isByApostrophe = ScalarKind.of(sign) == .apostrophe
            signs.removeAll(keepingCapacity: true)
        case .connector:
            endName()
            pathHasNames = true
            path.append(sign)
            signs.removeAll(keepingCapacity: true)
        default: endPath()
        }
    }

    private mutating func endPart() {
        give(part, unless: isByApostrophe && part.count == 1)
        nameHasParts = true
        isByApostrophe = false
        part.removeAll()
        last = .separator
    }

    private mutating func endName() {
        if nameHasParts { endPart() }
        give(name, unless: nameHasParts && name.isCut)
        if let sign = prefix { give(sign, name) }
        prefix = nil
        nameHasParts = false
        isByApostrophe = false
        part.removeAll()
        name.removeAll()
        last = .separator
    }

    private mutating func endPath() {
        if !name.isEmpty {
            let suffixed = signs == ["#"] || signs == ["+", "+"] ? name : nil
            endName()
            if var suffixed {
                for sign in signs { suffixed.append(sign) }
                give(suffixed, unless: suffixed.isCut)
            }
            give(path, unless: !pathHasNames || path.isCut)
        }
        prefix = nil
        pathHasNames = false
        path.removeAll()
        signs.removeAll(keepingCapacity: true)
    }

    private mutating func give(_ word: WordBuffer, unless isLeftOut: Bool = false) {
        if !isLeftOut, !word.isEmpty { sink.take(word.bytes) }
    }

    private mutating func give(_ sign: Unicode.Scalar, _ name: WordBuffer) {
        pair.removeAll()
        pair.append(sign)
        pair.append(name)
        give(pair, unless: pair.isCut)
    }

    // MARK: Runs without spaces

    private mutating func continueRun(_ scalar: Unicode.Scalar, _ kind: ScalarKind) {
        if let before = unspaced {
            pair.removeAll()
            pair.append(before.scalar)
            pair.append(scalar)
            give(pair)
        }
        if kind == .ideograph { giveAlone(scalar) }
        unspaced = (scalar, isOut: unspaced != nil || kind == .ideograph)
    }

    private mutating func endRun() {
        guard let before = unspaced else { return }
        if !before.isOut { giveAlone(before.scalar) }
        unspaced = nil
    }

    private mutating func giveAlone(_ scalar: Unicode.Scalar) {
        pair.removeAll()
        pair.append(scalar)
        give(pair)
    }
}
