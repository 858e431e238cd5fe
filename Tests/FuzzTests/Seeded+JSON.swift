import Foundation
import LarderTestSupport

/// JSON that dice make, in as many ways of writing as RFC 8259 allows. Few names, so that documents meet.
extension Seeded {
    mutating func json(depth: Int = 0, nulls: Bool = true) -> String {
        switch number(0...(depth < 4 ? 7 : 4)) {
        case 0: pick(nulls ? ["true", "false", "null"] : ["true", "false"])
        case 1: pick(["0", "-0", "1", "42", "1.50", "-7e2", "1E+2", "0.1e-3", "123456789012"])
        case 2...4: jsonString(text(0...5))
        case 5:
            "["
                + many(0...3) { space(&$0) + $0.json(depth: depth + 1, nulls: nulls) + space(&$0) }.joined(
                    separator: ",") + "]"
        default: jsonObject(depth: depth, nulls: nulls)
        }
    }

    mutating func jsonObject(depth: Int = 0, nulls: Bool = true) -> String {
        let names = ["a", "b", "c", "é", "🎬", "", "a/b", "contentType"]
        let members = many(0...4) { dice in
            space(&dice) + dice.jsonString(dice.pick(names)) + space(&dice) + ":" + space(&dice)
                + dice.json(depth: depth + 1, nulls: nulls)
        }
        return "{" + members.joined(separator: ",") + space(&self) + "}"
    }

    /// Some of its characters escaped, beyond those that must be.
    mutating func jsonString(_ text: String) -> String {
        "\""
            + text.unicodeScalars.map { scalar -> String in
                switch scalar {
                case "\"", "\\": return "\\" + String(scalar)
                case "\n" where once(in: 2): return "\\n"
                case "/" where once(in: 2): return "\\/"
                default:
                    guard scalar.value < 0x20 || once(in: 8) else { return String(scalar) }
                    return String(scalar).utf16.map { unit in
                        "\\u" + String(repeating: "0", count: 4 - String(unit, radix: 16).count)
                            + String(unit, radix: 16)
                    }
                    .joined()
                }
            }.joined() + "\""
    }

    static let jsonWords = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "null", "true", "1e", "-", "0", " ", "\n", "\u{0}",
        "\u{7F}",
    ]
}

private func space(_ dice: inout Seeded) -> String { dice.pick(["", "", "", " ", "\r\n\t "]) }

/// What Foundation makes of JSON; nil where it refuses. It has its own mind about UTF-16, NULs, lone surrogates and
/// numbers beyond a double.
func foundation(_ json: [UInt8]) -> NSObject? {
    (try? JSONSerialization.jsonObject(with: Data(json), options: .fragmentsAllowed)) as? NSObject
}
