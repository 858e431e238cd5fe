import LarderModel

/// Random text for tokens and keys.
package enum Secrets {
    /// 256 bits from the system's generator, as 64 hexadecimal digits.
    package static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }.hex
    }
}
