/// The little of XML that S3 speaks: elements with text in them, no attributes that matter. What it can't read gives no
/// elements, and the caller finds that something is missing.
package struct XMLText: Sendable {
    package struct Element: Sendable {
        package let name: String
        package var text = ""
        package var children: [Element] = []

        package func first(_ name: String) -> Element? { children.first { $0.name == name } }
        package func all(_ name: String) -> [Element] { children.filter { $0.name == name } }
        /// The text of a child; nil when there is none.
        package subscript(name: String) -> String? { first(name)?.text }
    }

    /// Elements within each other.
    private static let depthMax = 16

    /// The document's element; nil when it is none, or cut short.
    package static func parse(_ bytes: [UInt8]) -> Element? {
        var parser = XMLText(rest: bytes[...])
        return parser.document()
    }

    private var rest: ArraySlice<UInt8>
    private var open: [(element: Element, text: [UInt8])] = []

    private init(rest: ArraySlice<UInt8>) { self.rest = rest }

    private mutating func document() -> Element? {
        while let start = rest.firstIndex(of: UInt8(ascii: "<")) {
            if !open.isEmpty { open[open.count - 1].text += rest[..<start] }
            guard let end = rest[start...].firstIndex(of: UInt8(ascii: ">")) else { return nil }
            let tag = rest[(start + 1)..<end]
            rest = rest[(end + 1)...]
            switch tag.first {
            case UInt8(ascii: "?"), UInt8(ascii: "!"): continue
            case UInt8(ascii: "/"):
                guard let root = closed() else { continue }
                return root.element
            default:
                guard begin(tag) else { return nil }
                guard tag.last == UInt8(ascii: "/"), let root = closed() else { continue }
                return root.element
            }
        }
        return nil
    }

    private mutating func begin(_ tag: ArraySlice<UInt8>) -> Bool {
        guard open.count < Self.depthMax else { return false }
        let name = tag.prefix { $0 > 0x20 && $0 != UInt8(ascii: "/") }
        open.append((Element(name: String(decoding: name, as: UTF8.self)), []))
        return true
    }

    /// Ends the innermost element.
    /// - Returns: it, when it was the outermost.
    private mutating func closed() -> (element: Element, Void)? {
        guard let last = open.popLast() else { return nil }
        var element = last.element
        element.text = Self.unescaped(last.text)
        guard !open.isEmpty else { return (element, ()) }
        open[open.count - 1].element.children.append(element)
        return nil
    }

    private static func unescaped(_ text: [UInt8]) -> String {
        var out = String(decoding: text, as: UTF8.self)
        guard out.contains("&") else { return out }
        for (name, character) in [("quot", "\""), ("apos", "'"), ("#34", "\""), ("#39", "'"), ("lt", "<"), ("gt", ">")]
        {
            out.replace("&\(name);", with: character)
        }
        return out.replacing("&amp;", with: "&")
    }
}
