/// A text that is looked for inside names. Letters A to Z are found in either case; all other bytes as they are.
package struct SearchText: Sendable, Equatable {
    private let bytes: [UInt8]

    /// Looking costs at most this many comparisons for each byte of a name.
    package static let maxBytes = 100

    /// - Throws: ``LarderError`` `.malformedRequest` when it is empty or too long.
    package init(_ text: some Collection<UInt8>) throws(LarderError) {
        guard (1...Self.maxBytes).contains(text.count) else {
            throw LarderError(.malformedRequest, "contains is a text of 1 to \(Self.maxBytes) bytes.")
        }
        bytes = text.map(Self.lowered)
    }

    package func occurs<Name: RandomAccessCollection<UInt8>>(in name: Name) -> Bool where Name.Index == Int {
        guard name.count >= bytes.count else { return false }
        return (name.startIndex...name.endIndex - bytes.count).contains { start in
            bytes.indices.allSatisfy { Self.lowered(name[start + $0]) == bytes[$0] }
        }
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
