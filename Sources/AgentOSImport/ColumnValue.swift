import Foundation

/// A value of a row, from a database or from a backup's JSON.
///
/// Bytes that are UTF-8 are text, whether the database calls them text or a BLOB; all others are shown in base64, so
/// that nothing is lost and every value fits JSON.
package enum ColumnValue: Sendable, Hashable {
    case integer(Int64)
    /// Finite.
    case real(Double)
    /// UTF-8; from a backup's JSON also lone surrogates, as `JSONText.unescape` has them.
    case text([UInt8])
    /// Any other JSON of a backup, as it was written: an array, an object, `true` or `false`.
    case json([UInt8])

    /// Text or a BLOB as a database keeps it.
    package init(stored bytes: [UInt8]) {
        let isText = String(validating: bytes, as: UTF8.self) != nil
        self = .text(isText ? bytes : Array(Data(bytes).base64EncodedString().utf8))
    }

    /// Its text; nil for JSON that is none. A number is written out: a database may keep `42` so that was once a text.
    var text: [UInt8]? {
        switch self {
        case .integer(let number): Array("\(number)".utf8)
        case .real(let number): Array("\(number)".utf8)
        case .text(let bytes): bytes
        case .json: nil
        }
    }

    /// The number that it is, or that its text says; nil for anything else.
    var number: ColumnValue? {
        switch self {
        case .integer, .real: return self
        case .json: return nil
        case .text(let bytes):
            let text = String(decoding: bytes, as: UTF8.self)
            if let number = Int64(text) { return .integer(number) }
            guard let number = Double(text), number.isFinite, text.utf8.allSatisfy(Self.isOfNumber) else { return nil }
            return .real(number)
        }
    }

    /// Swift also reads `0x1p3` and `infinity`.
    private static func isOfNumber(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "+-.eE".utf8.contains(byte)
    }

    /// As a number of seconds or of whatever; nil when it is none.
    var double: Double? {
        switch number {
        case .integer(let number)?: Double(number)
        case .real(let number)?: number
        default: nil
        }
    }
}
