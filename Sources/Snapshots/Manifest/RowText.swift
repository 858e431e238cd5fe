import Foundation
import Index
import LarderModel

/// Rows as a manifest has them: an array a line, its values in the order of the table's columns. Numbers are numbers,
/// text is text; bytes are text where they are UTF-8, else an array of one, their Base64 (RFC 4648 §4).
enum RowText {
    /// Adds a row's line, without its end.
    static func append(_ row: CopiedRow, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "["))
        for (i, value) in row.values.enumerated() {
            if i > 0 { out.append(UInt8(ascii: ",")) }
            append(value, to: &out)
        }
        out.append(UInt8(ascii: "]"))
    }

    private static func append(_ value: CopiedRow.Value, to out: inout [UInt8]) {
        switch value {
        case .null: out += "null".utf8
        case .integer(let number): append(number, to: &out)
        // As short as it reads back, and never like a whole number of ours.
        case .real(let number): out += "\(number)".utf8
        case .bytes(let bytes):
            if isValidUTF8(bytes) { return JSONText.appendQuoted(bytes, to: &out) }
            out += "[\"".utf8
            out += Data(bytes).base64EncodedString().utf8
            out += "\"]".utf8
        }
    }

    private static func append(_ number: Int64, to out: inout [UInt8]) {
        if number < 0 { out.append(UInt8(ascii: "-")) }
        let start = out.count
        var rest = number.magnitude
        repeat {
            out.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        out[start...].reverse()
    }

    // MARK: Reading

    /// Reads a row's line.
    /// - Parameter columns: of its table.
    /// - Returns: nil when it is none of that table.
    static func row(_ line: ArraySlice<UInt8>, _ columns: [SchemaTable.Column]) -> CopiedRow? {
        var cursor = Cursor(line: line, at: line.startIndex)
        guard cursor.take(UInt8(ascii: "[")) else { return nil }
        var values: [CopiedRow.Value] = []
        values.reserveCapacity(columns.count)
        for (i, column) in columns.enumerated() {
            if i > 0, !cursor.take(UInt8(ascii: ",")) { return nil }
            guard let value = cursor.value(column.kind) else { return nil }
            values.append(value)
        }
        guard cursor.take(UInt8(ascii: "]")), cursor.at == line.endIndex else { return nil }
        return CopiedRow(values: values)
    }

    private struct Cursor {
        let line: ArraySlice<UInt8>
        var at: Int

        var next: UInt8? { at < line.endIndex ? line[at] : nil }

        mutating func take(_ byte: UInt8) -> Bool {
            guard next == byte else { return false }
            at += 1
            return true
        }

        mutating func value(_ kind: SchemaTable.Kind) -> CopiedRow.Value? {
            switch next {
            case UInt8(ascii: "n"):
                guard line[at...].starts(with: "null".utf8) else { return nil }
                at += 4
                return .null
            case UInt8(ascii: "\""):
                guard kind == .text || kind == .bytes, let text = string() else { return nil }
                return .bytes(text)
            case UInt8(ascii: "["):
                at += 1
                guard kind == .bytes, let text = string(), take(UInt8(ascii: "]")),
                    let bytes = Data(base64Encoded: Data(text))
                else { return nil }
                return .bytes(Array(bytes))
            default: return number(kind)
            }
        }

        private mutating func number(_ kind: SchemaTable.Kind) -> CopiedRow.Value? {
            let end = line[at...].firstIndex { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "]") } ?? line.endIndex
            let text = String(decoding: line[at..<end], as: UTF8.self)
            at = end
            switch kind {
            case .integer: return Int64(text).map { .integer($0) }
            case .real: return Double(text).map { .real($0) }
            case .text, .bytes: return nil
            }
        }

        private mutating func string() -> [UInt8]? {
            guard take(UInt8(ascii: "\"")) else { return nil }
            let start = at
            while let byte = next, byte != UInt8(ascii: "\"") {
                at += byte == UInt8(ascii: "\\") ? 2 : 1
            }
            guard next == UInt8(ascii: "\"") else { return nil }
            defer { at += 1 }
            return JSONText.unescape(line[start..<at])
        }
    }
}
