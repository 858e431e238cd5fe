package import LarderModel
import Yams

/// Says a YAML document in JSON, fields in their order, anchors written out.
///
/// Of YAML's many ways to read a word, it takes YAML 1.2's JSON schema: without quotes `true`, `false`, `null` and what
/// JSON calls a number are such, everything else is text. So `no`, `1_000` and `3.1.0` are text.
package enum YAMLConversion {
    /// - Throws: `LarderError` `.internalError` for text that is no YAML, or is empty, or has a field name that is no
    ///   text.
    package static func json(of text: String) throws(LarderError) -> [UInt8] {
        let root: Node?
        do { root = try compose(yaml: text) } catch {
            throw LarderError(.internalError, "Not YAML.", cause: "\(error)")
        }
        guard let root else { throw LarderError(.internalError, "An empty document.") }
        var out = JSONWriter(capacity: text.utf8.count)
        try append(root, to: &out)
        return out.bytes
    }

    private static func append(_ node: Node, to out: inout JSONWriter) throws(LarderError) {
        switch node {
        case .scalar(let scalar): append(scalar, to: &out)
        case .sequence(let items):
            out.openArray()
            for item in items { try append(item, to: &out) }
            out.closeArray()
        case .mapping(let fields):
            out.openObject()
            for field in fields {
                guard let name = field.key.scalar?.string else {
                    throw LarderError(.internalError, "A field name is no text.")
                }
                out.name(quoting: name.utf8)
                try append(field.value, to: &out)
            }
            out.closeObject()
        case .alias: throw LarderError(.internalError, "An alias that stands for nothing.")
        }
    }

    private static func append(_ scalar: Node.Scalar, to out: inout JSONWriter) {
        let bytes = Array(scalar.string.utf8)
        if scalar.style == .plain, let value = try? JSONText.check(bytes, maxDepth: JSONText.depthDefault),
            value.kind == .number || value.kind == .literal,
            value.range == bytes.indices
        {
            out.value(raw: bytes)
        } else {
            out.value(quoting: bytes)
        }
    }
}
