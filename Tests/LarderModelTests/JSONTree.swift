import Foundation
import LarderModel
import LarderTestSupport

/// A JSON value: made by a seed, written by the writer and read back by Foundation.
indirect enum JSONTree: Equatable, Decodable {
    case null
    case flag(Bool)
    case integer(Int64)
    /// Beyond `integer`.
    case unsigned(UInt64)
    case number(Double)
    case text(String)
    case array([JSONTree])
    case object([String: JSONTree])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Int64.self) {
            self = .integer(number)
        } else if let number = try? container.decode(UInt64.self) {
            self = .unsigned(number)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let items = try? container.decode([JSONTree].self) {
            self = .array(items)
        } else {
            self = .object(try container.decode([String: JSONTree].self))
        }
    }

    // MARK: Making

    static func random(_ random: inout Seeded, depth: Int = 0) -> JSONTree {
        switch Int.random(in: 0...(depth < 5 ? 8 : 6), using: &random) {
        case 0: .null
        case 1: .flag(.random(using: &random))
        case 2: .integer(random.pick([0, .min, .max, .random(in: .min ... .max, using: &random)]))
        case 3: .unsigned(random.pick([.max, .random(in: UInt64(Int64.max) + 1 ... .max, using: &random)]))
        case 4: number(&random)
        case 5, 6: .text(random.text(0...8))
        case 7: .array((0..<Int.random(in: 0...4, using: &random)).map { _ in Self.random(&random, depth: depth + 1) })
        default:
            .object(
                Dictionary(
                    (0..<Int.random(in: 0...4, using: &random)).map { _ in
                        (random.text(0...4), Self.random(&random, depth: depth + 1))
                    }
                ) { $1 })
        }
    }

    /// One that is not whole, for a whole one reads back as an integer.
    private static func number(_ random: inout Seeded) -> JSONTree {
        let number = Double(bitPattern: random.next())
        return number.isFinite && number != number.rounded() ? .number(number) : .number(0.5)
    }

    // MARK: Writing

    /// Writes itself in one of the ways that there are, by chance.
    func write(to out: inout JSONWriter, _ random: inout Seeded) {
        switch self {
        case .null: out.null()
        case .flag(let flag): out.value(flag)
        case .integer(let number): out.value(number)
        case .unsigned(let number): out.value(number)
        case .number(let number): out.value(number)
        case .text(let text): if .random(using: &random) { out.value(text) } else { out.value(quoting: text.bytes) }
        case .array(let items):
            switch Int.random(in: 0...2, using: &random) {
            case 0: out.array(items) { $1.write(to: &$0, &random) }
            case 1:
                out.openArray()
                for item in items { item.write(to: &out, &random) }
                out.closeArray()
            default:
                // Some of them made beforehand.
                let first = items.prefix(2)
                var part = JSONWriter()
                for item in first { item.write(to: &part, &random) }
                out.array { out in
                    out.members(raw: part.bytes)
                    for item in items.dropFirst(2) { item.write(to: &out, &random) }
                }
            }
        case .object(let fields):
            out.openObject()
            for (name, value) in fields {
                if .random(using: &random) {
                    out.name(quoting: name.utf8)
                } else {
                    out.name(raw: JSONText.quote(name.utf8))
                }
                if .random(using: &random) {
                    value.write(to: &out, &random)
                } else {
                    var part = JSONWriter()
                    value.write(to: &part, &random)
                    out.value(raw: part.bytes)
                }
            }
            out.closeObject()
        }
    }
}
