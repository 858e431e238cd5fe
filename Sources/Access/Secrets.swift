import LarderModel

/// Random text for tokens and keys.
package enum Secrets {
    /// 256 bits from the system's generator, as 64 hexadecimal digits.
    package static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }.hex
    }

    /// The text of a secret file without white space around it; nil when it holds none.
    package static func trimmed(_ file: [UInt8]) -> String? {
        var text = String(decoding: file, as: UTF8.self)[...].drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text.isEmpty ? nil : String(text)
    }
}
