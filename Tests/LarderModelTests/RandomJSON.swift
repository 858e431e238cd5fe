import LarderTestSupport

/// JSON documents that a seed makes, in as many ways of writing as RFC 8259 allows.
enum RandomJSON {
    static func document(_ random: inout Seeded) -> String {
        space(&random) + value(&random, depth: 0) + space(&random)
    }

    private static func value(_ random: inout Seeded, depth: Int) -> String {
        switch Int.random(in: 0...(depth < 5 ? 7 : 4), using: &random) {
        case 0: random.pick(["true", "false", "null"])
        case 1, 2: number(&random)
        case 3, 4: string(&random)
        case 5:
            "[" + list(&random) { value(&$0, depth: depth + 1) } + "]"
        default:
            "{" + list(&random) { string(&$0) + space(&$0) + ":" + space(&$0) + value(&$0, depth: depth + 1) } + "}"
        }
    }

    private static func list(_ random: inout Seeded, _ item: (inout Seeded) -> String) -> String {
        let items = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            space(&random) + item(&random) + space(&random)
        }
        return items.isEmpty ? space(&random) : items.joined(separator: ",")
    }

    private static func space(_ random: inout Seeded) -> String { random.pick(["", "", "", " ", "\n", "\t\r\n "]) }

    private static func number(_ random: inout Seeded) -> String {
        let sign = random.pick(["", "-"])
        let whole = random.pick(["0", "7", "42", "1000000"])
        return sign + whole + random.pick(["", ".0", ".5", ".125"]) + random.pick(["", "", "e2", "E+1", "e-2"])
    }

    /// Escapes on and off, so that both ways of writing a character are met.
    private static func string(_ random: inout Seeded) -> String {
        let text = random.text(0...8)
        var out = "\""
        for unit in text.unicodeScalars {
            switch unit {
            case "\"", "\\": out += "\\" + String(unit)
            case "/": out += random.pick(["/", "\\/"])
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case _ where unit.value < 0x20: out += escaped(unit)
            default: out += Int.random(in: 0..<6, using: &random) == 0 ? escaped(unit) : String(unit)
            }
        }
        return out + "\""
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        String(scalar).utf16.map { unit in
            let hex = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        }.joined()
    }

    /// Takes a byte away, adds one or changes one: mostly what makes JSON malformed.
    static func damage(_ bytes: inout [UInt8], _ random: inout Seeded) {
        let marks = Array("{}[],:\"\\0123456789.eE+-tfn u".utf8)
        guard !bytes.isEmpty else { return }
        let at = bytes.indices.randomElement(using: &random) ?? 0
        switch Int.random(in: 0...3, using: &random) {
        case 0: bytes.remove(at: at)
        case 1: bytes.insert(random.pick(marks), at: at)
        case 2: bytes[at] = random.pick(marks)
        default: bytes.removeLast(bytes.count - at)
        }
    }
}
