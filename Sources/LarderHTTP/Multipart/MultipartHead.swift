import LarderModel

/// What the head of a part says.
package struct MultipartHead: Sendable, Equatable {
    /// The form's field that the part is.
    package let name: String
    /// Its content type as it was sent; nil: none.
    package let contentType: String?

    package init(name: String, contentType: String? = nil) {
        self.name = name
        self.contentType = contentType
    }

    /// - Parameter lines: header fields, with CRLF between them.
    /// - Throws: `LarderError` `.malformedRequest` when none is a `Content-Disposition` with a name.
    init(lines: ArraySlice<UInt8>) throws(LarderError) {
        var name: String?
        var contentType: String?
        for line in String(decoding: lines, as: UTF8.self).split(separator: "\r\n") {
            guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else {
                throw MultipartParser.malformed("a line of a part's head has no colon")
            }
            let value = line[line.utf8.index(after: colon)...].trimmedOfBlanks
            switch line[..<colon].lowercased() {
            case "content-disposition": name = HeaderParameters(value)["name"]
            case "content-type": contentType = String(value)
            default: break
            }
        }
        guard let name else { throw MultipartParser.malformed("a part has no name") }
        self.init(name: name, contentType: contentType)
    }
}

/// Parameters of a header field: `form-data; name="value"; filename=x` (RFC 9110 §5.6.6).
package struct HeaderParameters: Sendable {
    private var values: [String: String] = [:]

    /// - Parameter field: the value of the field; what stands before the first `;` is no parameter.
    package init(_ field: some StringProtocol) {
        var rest = Array(field.utf8)[...]
        rest = rest.drop { $0 != UInt8(ascii: ";") }
        while rest.popFirst() != nil {
            rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            let name = rest.prefix { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ";") }
            rest = rest.dropFirst(name.count)
            guard rest.first == UInt8(ascii: "=") else { continue }
            rest = rest.dropFirst().drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            let value = Self.value(&rest)
            let key = String(decoding: name, as: UTF8.self).trimmedOfBlanks.lowercased()
            if values[key] == nil { values[key] = String(decoding: value, as: UTF8.self) }
            rest = rest.drop { $0 != UInt8(ascii: ";") }
        }
    }

    /// A token, or a quoted string with its escapes undone.
    private static func value(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
        guard rest.first == UInt8(ascii: "\"") else {
            let token = rest.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
            rest = rest.dropFirst(token.count)
            return Array(token)
        }
        rest = rest.dropFirst()
        var value: [UInt8] = []
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            let isEscape = byte == UInt8(ascii: "\\")
            value.append(isEscape ? rest.popFirst() ?? byte : byte)
        }
        return value
    }

    /// - Parameter name: in lower case.
    package subscript(name: String) -> String? { values[name] }
}

extension StringProtocol {
    fileprivate var trimmedOfBlanks: String {
        let bytes = Array(utf8)
        let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let start = bytes.firstIndex { !isBlank($0) } ?? bytes.endIndex
        let end = bytes.lastIndex { !isBlank($0) } ?? start - 1
        return start <= end ? String(decoding: bytes[start...end], as: UTF8.self) : ""
    }
}
