/// What a Unicode scalar does in a word.
enum ScalarKind: UInt8 {
    /// Ends whatever is before it: spaces, signs, emoji.
    case separator
    /// A letter in lower case or without case, or a mark that belongs to one.
    case letter
    case capital
    case digit
    /// `_` and hyphens: joins parts to a name.
    case joiner
    /// Joins parts to a name as well, but «s» alone is no part.
    case apostrophe
    /// `. / : @ # \`: joins names to a path.
    case connector
    case plus
    /// Of a script that puts no spaces between words.
    case unspaced
    /// The same, and a word by itself: Han.
    case ideograph
    /// Accents by themselves, soft hyphens and the like: as if they weren't there.
    case ignored

    static func of(_ scalar: Unicode.Scalar) -> ScalarKind {
        scalar.isASCII ? ascii[Int(scalar.value)] : beyondASCII(scalar)
    }

    private static let ascii: [ScalarKind] = (0..<128).map { (code: UInt8) -> ScalarKind in
        switch Unicode.Scalar(code) {
        case "a"..."z": .letter
        case "A"..."Z": .capital
        case "0"..."9": .digit
        case "_", "-": .joiner
        case "'": .apostrophe
        case ".", "/", ":", "@", "#", "\\": .connector
        case "+": .plus
        default: .separator
        }
    }

    private static func beyondASCII(_ scalar: Unicode.Scalar) -> ScalarKind {
        if let kind = byBlock(scalar.value) { return kind }
        switch scalar.properties.generalCategory {
        case .lowercaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark, .letterNumber:
            return .letter
        case .uppercaseLetter, .titlecaseLetter: return .capital
        case .decimalNumber, .otherNumber: return .digit
        case .format: return .ignored
        default: return .separator
        }
    }

    /// Where the block says more than the category.
    private static func byBlock(_ value: UInt32) -> ScalarKind? {
        switch value {
        // Hyphens; apostrophes.
        case 0x2010, 0x2011: .joiner
        case 0x2019, 0x02BC: .apostrophe
        // A zero-width space stands between words of Thai and Khmer.
        case 0x200B: .separator
        // Combining marks of all scripts; points of Hebrew; vowels and the stretching line of Arabic; variation
        // selectors.
        case 0x0300...0x036F, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF, 0xFE20...0xFE2F: .ignored
        case 0x0591...0x05BD, 0x05BF, 0x05C1, 0x05C2, 0x05C4, 0x05C5, 0x05C7: .ignored
        case 0x0610...0x061A, 0x0640, 0x064B...0x065F, 0x0670: .ignored
        case 0xFE00...0xFE0F, 0xE0100...0xE01EF: .ignored
        // Thai, Lao, Myanmar, Khmer; but not their digits and signs.
        case 0x0E01...0x0E3A, 0x0E40...0x0E4E, 0x0E81...0x0ECF, 0x0EDC...0x0EDF: .unspaced
        case 0x1000...0x103F, 0x1050...0x109D, 0x1780...0x17D3, 0x17DD: .unspaced
        // Hangul, kana, Bopomofo.
        case 0x1100...0x11FF, 0x3130...0x318F, 0xA960...0xA97F, 0xAC00...0xD7FF: .unspaced
        case 0x3041...0x309F, 0x30A1...0x30FA, 0x30FC...0x312F, 0x31A0...0x31BF, 0x31F0...0x31FF: .unspaced
        case 0xFF66...0xFF9F: .unspaced
        case 0x3005...0x3007, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF: .ideograph
        default: nil
        }
    }
}
