/// A name that a client gave to a thing which has no type of names of its own: a run, a project. UTF-8, compared,
/// hashed and ordered by its bytes: Swift's `String` would hold two spellings of `é` equal.
package struct Identifier: Hashable, Comparable, Sendable, CustomStringConvertible,
    ExpressibleByStringInterpolation
{
    package let bytes: [UInt8]
    package var text: String { String(decoding: bytes, as: UTF8.self) }
    package var description: String { text }
    package var isEmpty: Bool { bytes.isEmpty }

    package init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

    package init(stringLiteral text: String) { self.init(text) }

    /// - Returns: nil when the bytes are no UTF-8, half of a surrogate pair from JSON included.
    package init?(validating bytes: some Collection<UInt8>) {
        guard isValidUTF8(bytes) else { return nil }
        self.bytes = Array(bytes)
    }

    /// An identifier read back from the index, where only valid ones are.
    package init(trusted bytes: [UInt8]) { self.bytes = bytes }

    package static func < (a: Identifier, b: Identifier) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }

    package func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}
